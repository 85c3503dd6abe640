// The assets of a project or of all projects: as a grid or a list, filtered, searched, kept up to date.

import { readProject } from "../api/resources.js"
import { bulkBar } from "../bulk/bar.js"
import { fill, h, setText } from "../core/dom.js"
import { place } from "../core/router.js"
import { shortcuts } from "../core/shortcuts.js"
import { stored } from "../core/storage.js"
import { linked, pause } from "../core/wait.js"
import { activeProjects, findProject, lastProject, projects } from "../data/projects.js"
import { strings } from "../strings.js"
import { button, iconButton, segmented, select } from "../ui/controls.js"
import { icon } from "../ui/icons.js"
import { menu } from "../ui/menu.js"
import { loadStyle } from "../ui/style.js"
import { FOCUS_KEYS, moveFocus } from "./asset-focus.js"
import { uploadByChoice } from "./drop.js"
import { projectMenu } from "./project-dialogs.js"
import { ShownAssets } from "./shown-assets.js"

const LAYOUT = stored("localStorage", "layout", "grid")
const TYPING = 250 // milliseconds without a key before the search starts
const LONGEST = 255 // characters of a search
const STATES = ["ready", "processing", "pending_upload", "pending_payment", "failed"]
const text = strings.assets

/** @param {import("../main.js").ViewContext} context */
export async function show({ root, params, signal }) {
  await loadStyle("css/bulk.css")
  if (signal.aborted) return
  const projectId = params.project ?? null
  if (projectId) lastProject.set(projectId)
  const filter = {
    state: place.value.query.get("state") ?? "",
    project: place.value.query.get("project") ?? "",
    search: place.value.query.get("q") ?? "",
  }
  const holder = h("div.assets")
  const status = h("p.result-count", { role: "status" })
  const sentinel = h("div.sentinel", { "aria-hidden": "true" })
  const shown = new ShownAssets({ holder, status, projectId, filter, clear }, signal)
  const reread = (change) => shown.read(change)
  const search = searchField(filter.search, (next) => next === filter.search || reread({ search: next }), signal)
  const toolbar = toolbarOf({ holder, status, projectId, filter, search }, reread, signal)
  fill(
    root,
    heading(projectId, signal),
    toolbar,
    h("div.asset-area", {}, bulkBar(shown, focus, signal), holder, sentinel),
  )

  function clear() {
    search.value = ""
    toolbar.querySelectorAll("select").forEach((each) => (each.value = ""))
    reread({ state: "", project: "", search: "" })
  }

  /** Move the focus to an asset, or else to the page. */
  function focus(assetId) {
    const link = assetId && holder.querySelector(`[data-id="${assetId}"] .asset-title`)
    ;(link || root).focus({ preventScroll: true })
  }

  new IntersectionObserver(([entry]) => entry.isIntersecting && shown.more(), {
    rootMargin: "800px",
    scrollMargin: "800px",
  }).observe(sentinel)
  bindKeys({ search, holder, root }, signal)
}

/** Return the field that searches when typing pauses. @param {(text: string) => void} onsearch */
function searchField(value, onsearch, signal) {
  const field = h("input", {
    type: "search",
    placeholder: text.searchNames,
    "aria-label": text.search,
    spellcheck: "false",
    maxlength: LONGEST,
    value,
  })
  let typing = linked(signal)
  field.oninput = async () => {
    typing.abort()
    typing = linked(signal)
    const { signal: still } = typing
    await pause(TYPING, still)
    if (!still.aborted) onsearch(field.value.trim())
  }
  return field
}

function toolbarOf({ holder, status, projectId, filter, search }, reread, signal) {
  const layout = (value) => {
    LAYOUT.set(value)
    holder.classList.toggle("is-list", value === "list")
  }
  layout(LAYOUT.get())
  return h(
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
  )
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
  const moves = FOCUS_KEYS.map((key) => [key, () => moveFocus(holder, key)])
  shortcuts(
    {
      "/": () => search.focus(),
      v: () => root.querySelector(".segmented input:not(:checked)").click(),
      ...Object.fromEntries(moves),
    },
    signal,
  )
  search.addEventListener("keydown", (event) => event.key === "Escape" && search.blur())
}
