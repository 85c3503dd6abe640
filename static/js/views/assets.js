// The assets of a project or of all projects: as a grid or a list, filtered, searched, kept up to date.

import { readProject } from "../api/resources.js"
import { fill, h, setText } from "../core/dom.js"
import { place, replaceQuery } from "../core/router.js"
import { shortcuts } from "../core/shortcuts.js"
import { stored } from "../core/storage.js"
import { linked, pause } from "../core/wait.js"
import { AssetList } from "../data/asset-list.js"
import { activeProjects, findProject, lastProject, projects } from "../data/projects.js"
import { strings } from "../strings.js"
import { assetChanges, uploads } from "../upload/list.js"
import { button, iconButton, segmented, select } from "../ui/controls.js"
import { icon } from "../ui/icons.js"
import { menu } from "../ui/menu.js"
import { assetListView } from "./asset-list.js"
import { uploadByChoice } from "./drop.js"
import { projectMenu } from "./project-dialogs.js"

const LAYOUT = stored("localStorage", "layout", "grid")
const TYPING = 250 // milliseconds without a key before the search starts
const LONGEST = 255 // characters of a search
const STATES = ["ready", "processing", "pending_upload", "pending_payment", "failed"]
const text = strings.assets

/** @param {import("../main.js").ViewContext} context */
export async function show({ root, params, signal }) {
  const projectId = params.project ?? null
  const filter = {
    state: place.value.query.get("state") ?? "",
    project: place.value.query.get("project") ?? "",
    search: place.value.query.get("q") ?? "",
  }
  if (projectId) lastProject.set(projectId)

  const holder = h("div.assets")
  const status = h("p.result-count", { role: "status" })
  const sentinel = h("div.sentinel", { "aria-hidden": "true" })
  const search = h("input", {
    type: "search",
    placeholder: text.searchNames,
    "aria-label": text.search,
    spellcheck: "false",
    maxlength: LONGEST,
    value: filter.search,
  })
  const layout = (value) => {
    LAYOUT.set(value)
    holder.classList.toggle("is-list", value === "list")
  }
  layout(LAYOUT.get())

  fill(
    root,
    heading(projectId, signal),
    h(
      "div.toolbar",
      { role: "group", "aria-label": text.toolbar },
      h("label.search", {}, icon("search"), search, h("kbd", { "aria-hidden": "true" }, "/")),
      select({
        label: text.stateFilter,
        options: [["", text.anyState], ...STATES.map((each) => [each, strings.states[each]])],
        value: filter.state,
        onchange: (event) => reread({ state: event.target.value }),
      }),
      !projectId && projectFilter(filter, reread, signal),
      h("span.spacer"),
      status,
      segmented({
        label: text.layout,
        name: "layout",
        options: [
          ["grid", text.grid, "grid"],
          ["list", text.list, "list"],
        ],
        value: LAYOUT.get(),
        onchange: layout,
      }),
    ),
    holder,
    sentinel,
  )

  let reading = linked(signal)
  /** @type {AssetList} */
  let list
  reread({})

  function reread(change) {
    Object.assign(filter, change)
    replaceQuery({ state: filter.state, project: filter.project, q: filter.search })
    reading.abort()
    reading = linked(signal)
    const query = { project_id: projectId ?? filter.project, state: filter.state, q: filter.search }
    list = new AssetList(query, reading.signal)
    const draw = assetListView(holder, list, { filter, status, projectId, keep: "search" in change, clear })
    list.state.watch(draw, reading.signal)
    uploads.watch(draw, reading.signal)
    assetChanges.watch(() => list.refresh(), reading.signal)
  }

  let typing = linked(signal)
  search.oninput = async () => {
    typing.abort()
    typing = linked(signal)
    const { signal: still } = typing
    await pause(TYPING, still)
    if (!still.aborted) reread({ search: search.value.trim() })
  }

  function clear() {
    typing.abort()
    search.value = ""
    root.querySelectorAll(".toolbar select").forEach((each) => (each.value = ""))
    reread({ state: "", project: "", search: "" })
  }

  new IntersectionObserver(([entry]) => entry.isIntersecting && list.more(), {
    rootMargin: "800px",
    scrollMargin: "800px",
  }).observe(sentinel)
  bindKeys({ search, holder, root }, signal)
}

function heading(projectId, signal) {
  const title = h("h1")
  const badge = h("span.badge", { hidden: true }, strings.projects.isArchived)
  const more = projectId && iconButton({ label: strings.projects.actions, icon: "more" })
  if (more) menu(more, () => projectMenu(findProject(projectId)))
  const add = button({ label: strings.upload.action, icon: "upload", kind: "primary", onclick: () => uploadByChoice() })
  const show = () => {
    const project = projectId && findProject(projectId)
    const name = projectId ? (project?.name ?? "") : text.all
    setText(title, name)
    document.title = strings.pageTitle(name)
    badge.hidden = project?.state !== "archived"
    add.hidden = project?.state === "archived"
    if (more) more.hidden = !project
  }
  projects.watch(show, signal)
  if (projectId && !findProject(projectId))
    readProject(projectId, signal).catch(() => setText(title, strings.projects.gone))
  return h("header.view-head.is-list", {}, title, badge, more, h("span.spacer"), add)
}

function projectFilter(filter, reread, signal) {
  const frame = h("span.frame")
  const options = () => [["", text.anyProject], ...activeProjects().map((project) => [project.id, project.name])]
  projects.watch(
    () =>
      fill(
        frame,
        select({
          label: text.projectFilter,
          options: options(),
          value: filter.project,
          onchange: (event) => reread({ project: event.target.value }),
        }),
      ),
    signal,
  )
  return frame
}

function bindKeys({ search, holder, root }, signal) {
  const links = () => [...holder.querySelectorAll(".asset-title")]
  const step = (by) => () => {
    const all = links()
    const at = all.indexOf(document.activeElement)
    all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by(all)))]?.focus()
  }
  // The number of columns: links at the height of the first one.
  const columns = (all) =>
    all.filter((link) => link.getBoundingClientRect().top === all[0].getBoundingClientRect().top).length
  shortcuts(
    {
      "/": () => search.focus(),
      v: () => root.querySelector(".segmented input:not(:checked)").click(),
      j: step(() => 1),
      k: step(() => -1),
      ArrowRight: step(() => 1),
      ArrowLeft: step(() => -1),
      ArrowDown: step(columns),
      ArrowUp: step((all) => -columns(all)),
    },
    signal,
  )
  search.addEventListener("keydown", (event) => event.key === "Escape" && search.blur())
}
