// The assets of a list, or why there are none.

import { fill, h, keyedList, setText } from "../core/dom.js"
import { findProject } from "../data/projects.js"
import { strings } from "../strings.js"
import { button, emptyState } from "../ui/controls.js"
import { assetRow, assetSkeletons } from "./asset-row.js"
import { uploadByChoice } from "./drop.js"

const text = strings.assets

/**
 * Show placeholders, or keep what is shown; returns `draw()` for the current list, and the `rows` by asset.
 *
 * @param {HTMLElement} holder
 * @param {import("../data/asset-list.js").AssetList} list
 * @param {{ filter: { search: string, state: string, project: string }, status: HTMLElement, projectId: string | null,
 *   work: import("../data/work.js").AssetWork, keep: boolean, clear: () => void }} options
 */
export function assetListView(holder, list, { filter, status, projectId, work, keep, clear }) {
  const element = h("ul.asset-list")
  /** @type {Map<string, ReturnType<typeof assetRow>>} */
  let rows = new Map()
  const showRows = keyedList(
    element,
    (asset) => asset.id,
    (asset) => assetRow(asset, { withProject: !projectId, work }),
  )
  if (!keep) fill(holder, assetSkeletons())
  holder.setAttribute("aria-busy", "true")
  const draw = () => {
    const known = list.state.value
    if (!known) return
    holder.removeAttribute("aria-busy")
    const isFiltered = Boolean(filter.search || filter.state || filter.project)
    setText(status, known.total || filter.search ? text.count(known.total) : "")
    if (!known.items.length) {
      if (!holder.querySelector(".empty") || holder.dataset.filtered !== String(isFiltered)) {
        fill(holder, isFiltered ? noResults(clear) : noAssets(projectId))
        holder.dataset.filtered = String(isFiltered)
      }
      return
    }
    rows = showRows(known.items)
    if (element.parentElement !== holder) fill(holder, columnHeads(projectId), element)
  }
  return {
    draw,
    get rows() {
      return rows
    },
  }
}

function columnHeads(projectId) {
  const heads = [text.columns.name, text.columns.state, text.columns.duration, text.columns.size, text.columns.added]
  return h(
    "div.column-heads",
    { class: projectId ? "" : "has-project", "aria-hidden": "true" },
    h("span.asset-check"),
    h("span"),
    heads.map((each) => h("span", {}, each)),
  )
}

function noResults(clear) {
  return emptyState({
    icon: "search",
    title: text.nothingFound,
    text: text.nothingFoundText,
    actions: [button({ label: text.clearFilters, onclick: clear })],
  })
}

function noAssets(projectId) {
  const isArchived = findProject(projectId)?.state === "archived"
  if (isArchived) return emptyState({ icon: "archive", title: text.emptyArchived, text: text.emptyArchivedText })
  const element = emptyState({
    icon: "upload",
    title: text.empty,
    text: text.emptyText,
    actions: [
      button({ label: strings.upload.chooseFiles, kind: "primary", onclick: () => uploadByChoice() }),
      button({ label: strings.upload.chooseFolder, onclick: () => uploadByChoice({ folder: true }) }),
    ],
  })
  element.classList.add("is-drop")
  return element
}
