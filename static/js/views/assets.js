// The assets of a project or of all projects: as a grid or a list, filtered, searched, kept up to date.

import { readProject } from "../api/resources.js"
import { bulkBar } from "../bulk/bar.js"
import { selectByGestures } from "../bulk/gestures.js"
import { Selection } from "../bulk/selection.js"
import { cell } from "../core/cell.js"
import { fill, h, setText } from "../core/dom.js"
import { place, replaceQuery } from "../core/router.js"
import { shortcuts } from "../core/shortcuts.js"
import { stored } from "../core/storage.js"
import { linked, pause } from "../core/wait.js"
import { AssetList } from "../data/asset-list.js"
import { activeProjects, findProject, lastProject, projects } from "../data/projects.js"
import { AssetWork } from "../data/work.js"
import { strings } from "../strings.js"
import { assetChanges, uploads } from "../upload/list.js"
import { button, iconButton, segmented, select } from "../ui/controls.js"
import { icon } from "../ui/icons.js"
import { menu } from "../ui/menu.js"
import { loadStyle } from "../ui/style.js"
import { FOCUS_KEYS, moveFocus } from "./asset-focus.js"
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
  const shown = assetsOf({ holder, status, projectId, filter, clear }, signal)
  const search = searchField(filter.search, (text) => shown.reread({ search: text }), signal)
  const toolbar = toolbarOf({ holder, status, projectId, filter, search }, shown.reread, signal)
  const bar = bulkBar({ ...shown, projectId: () => projectId ?? filter.project, focus }, signal)
  fill(root, heading(projectId, signal), toolbar, h("div.asset-area", {}, bar, holder, sentinel))
  shown.reread({})

  function clear() {
    search.value = ""
    toolbar.querySelectorAll("select").forEach((each) => (each.value = ""))
    shown.reread({ state: "", project: "", search: "" })
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

/**
 * Show the assets of the filter in `holder`: which are read, what is done with each, which are selected.
 *
 * @param {{ holder: HTMLElement, status: HTMLElement, projectId: string | null,
 *   filter: { state: string, project: string, search: string }, clear: () => void }} view
 * @param {AbortSignal} signal
 */
function assetsOf({ holder, status, projectId, filter, clear }, signal) {
  /** @type {AssetList} */
  let list
  let view
  let work
  let reading = linked(signal)
  let working = linked(signal)
  const total = cell(0)
  const assets = () => list?.state.value?.items ?? []
  const selection = new Selection(() => assets().map(({ id }) => id))
  const mark = (ids) => {
    holder.classList.toggle("has-selection", ids.size > 0)
    for (const [id, row] of view?.rows ?? []) row.mark(ids.has(id))
  }
  const follow = (project) => {
    working.abort()
    working = linked(signal)
    const refresh = (id) => (id ? view?.rows.get(id)?.refresh() : view?.rows.forEach((row) => row.refresh()))
    work = new AssetWork({ project_id: project }, refresh, working.signal)
  }
  const reread = (change) => {
    Object.assign(filter, change)
    replaceQuery({ state: filter.state, project: filter.project, q: filter.search })
    reading.abort()
    reading = linked(signal)
    const project = projectId ?? filter.project
    if (!work || "project" in change) follow(project)
    list = new AssetList({ project_id: project, state: filter.state, q: filter.search }, reading.signal)
    view = assetListView(holder, list, { filter, status, projectId, work, keep: "search" in change, clear })
    const draw = () => {
      view.draw()
      if (!list.state.value) return
      total.set(list.state.value.total)
      // What is not seen is not selected.
      selection.retain(assets().map(({ id }) => id))
      if (selection.size) mark(selection.ids.value)
    }
    list.state.watch(draw, reading.signal)
    uploads.watch(draw, reading.signal)
    assetChanges.watch(() => list.refresh(), reading.signal)
  }
  selection.ids.watch(mark, signal)
  selectByGestures(holder, selection)
  return { selection, assets, total, more: () => list.more(), reread }
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
