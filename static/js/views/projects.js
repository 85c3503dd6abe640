// All projects, active and archived.

import { h, keyedList, setText, fill } from "../core/dom.js"
import * as format from "../core/format.js"
import { href, place, replaceQuery } from "../core/router.js"
import { projects, refreshProjects } from "../data/projects.js"
import { strings } from "../strings.js"
import { button, emptyState, iconButton } from "../ui/controls.js"
import { icon } from "../ui/icons.js"
import { menu } from "../ui/menu.js"
import { newProject, projectMenu } from "./project-dialogs.js"

const text = strings.projects
const SKELETONS = 5

/** @param {import("../main.js").ViewContext} context */
export async function show({ root, signal }) {
  document.title = strings.pageTitle(text.title)
  let shownState = place.value.query.get("state") === "archived" ? "archived" : "active"
  const holder = h("div.projects", {}, skeletons())
  const tabs = ["active", "archived"].map((state) =>
    tab(state, shownState, (chosen) => {
      shownState = chosen
      replaceQuery({ state: chosen === "active" ? "" : chosen })
      draw()
    }),
  )
  fill(
    root,
    h(
      "header.view-head",
      {},
      h("h1", {}, text.title),
      h("span.spacer"),
      button({ label: text.create, icon: "plus", kind: "primary", onclick: newProject }),
    ),
    h(
      "fieldset.tabs",
      {},
      h("legend.visually-hidden", {}, text.which),
      tabs.map((each) => each.node),
    ),
    holder,
  )

  const rows = h("ul.project-list")
  const showRows = keyedList(rows, (project) => project.id, projectRow)
  function draw() {
    const all = projects.value
    if (!all) return
    const found = all.filter((project) => project.state === shownState)
    for (const each of tabs) each.count(all.filter((project) => project.state === each.state).length)
    if (!found.length) return void fill(holder, nothing(shownState))
    showRows(found)
    if (rows.parentElement !== holder) fill(holder, rows)
  }
  projects.watch(draw, signal)
  if (projects.value) await refreshProjects()
}

function tab(state, shown, onchange) {
  const figure = h("span.tab-count")
  const input = h("input", {
    type: "radio",
    name: "project-state",
    value: state,
    checked: state === shown,
    onchange: () => onchange(state),
  })
  const node = h("label.tab", {}, input, h("span", {}, text.states[state]), figure)
  return { node, state, count: (number) => setText(figure, format.count(number)) }
}

function projectRow(project) {
  let current = project
  const name = h("a.project-name", { href: href(`/projects/${project.id}`) })
  const changed = h("time.project-date", { datetime: project.updated_at })
  const created = h("time.project-date", { datetime: project.created_at, title: format.exactDate(project.created_at) })
  const more = iconButton({ label: text.actions, icon: "more" })
  menu(more, () => projectMenu(current))
  const update = (next) => {
    current = next
    setText(name, next.name)
    setText(created, text.createdOn(format.when(next.created_at)))
    setText(
      changed,
      next.archived_at ? text.archivedOn(format.when(next.archived_at)) : text.changedOn(format.when(next.updated_at)),
    )
    more.setAttribute("aria-label", text.actionsOf(next.name))
  }
  return { node: h("li.project", {}, icon("folder"), name, created, changed, more), update }
}

function nothing(state) {
  if (state === "archived")
    return emptyState({ icon: "archive", title: text.noneArchived, text: text.noneArchivedText })
  return emptyState({
    icon: "folderPlus",
    title: text.none,
    text: text.noneText,
    actions: [button({ label: text.create, icon: "plus", kind: "primary", onclick: newProject })],
  })
}

function skeletons() {
  return h(
    "ul.project-list",
    { "aria-hidden": "true" },
    Array.from({ length: SKELETONS }, () => h("li.project", {}, h("span.skeleton.line"))),
  )
}
