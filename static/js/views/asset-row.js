// One asset in the grid or the list: the same elements, laid out by the style sheet.

import { strings as bulk } from "../bulk/strings.js"
import { h, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { href } from "../core/router.js"
import { findProject } from "../data/projects.js"
import { titleOf } from "../data/title.js"
import { isMoving } from "../data/work.js"
import { strings } from "../strings.js"
import { uploads } from "../upload/list.js"
import { poster } from "../ui/poster.js"
import { stateChip } from "../ui/state.js"
import { showWork, workName } from "./asset-work.js"

const SKELETONS = 12
const text = strings.assets

/**
 * @param {import("../api/resources.js").Asset} asset
 * @param {{ withProject: boolean, work: import("../data/work.js").AssetWork }} options
 */
export function assetRow(asset, { withProject, work }) {
  const picture = poster(asset)
  const parts = partsOf(asset, withProject)
  const { node, bar, check } = assemble(asset, picture.node, parts)

  let current = asset
  let shownState = ""
  /** Show the cut, the render and the upload of the asset as they are now. */
  const refresh = () => {
    const { cut, render } = work.of(current.id)
    showWork(parts.work, cut, render)
    const [kind, moving] = isMoving(cut) ? ["cut", cut] : ["render", isMoving(render) ? render : null]
    showProgress(bar, current, kind, moving)
  }
  const update = (next) => {
    current = next
    picture.update(next)
    showParts(parts, next)
    check.setAttribute("aria-label", bulk.select(titleOf(next)))
    refresh()
    if (shownState === next.state) return
    shownState = next.state
    node.dataset.state = next.state
    parts.state.replaceChildren(stateChip(next.state))
  }
  const mark = (isSelected) => {
    check.checked = isSelected
    node.classList.toggle("is-selected", isSelected)
  }
  return { node, update, refresh, mark }
}

function partsOf(asset, withProject) {
  return {
    title: h("a.asset-title", { href: href(`/assets/${asset.id}`), dir: "auto" }),
    kind: h("span.asset-kind"),
    project: withProject ? h("span.asset-project") : null,
    brief: h("span.asset-brief"),
    work: h("span.asset-work"),
    state: h("span.asset-state"),
    length: h("span.asset-length"),
    size: h("span.asset-size"),
    added: h("time.asset-added", { datetime: asset.created_at, title: format.exactDate(asset.created_at) }),
  }
}

function assemble(asset, picture, { title, kind, project, brief, work, state, length, size, added }) {
  const bar = h("progress.asset-progress", { max: 1, value: 0, hidden: true })
  const check = h("input", { type: "checkbox" })
  const node = h(
    "li.asset",
    { dataset: { id: asset.id } },
    h("span.asset-check", {}, check),
    h("span.asset-picture", {}, picture, bar),
    h("span.asset-text", {}, title, h("span.asset-meta", {}, kind, project, brief), work),
    state,
    length,
    size,
    added,
  )
  return { node, bar, check }
}

function showParts({ title, kind, project, brief, length, size, added }, asset) {
  setText(title, titleOf(asset))
  title.title = titleOf(asset)
  setText(kind, kindOf(asset))
  if (project) setText(project, findProject(asset.project_id)?.name ?? "")
  setText(length, asset.duration_seconds === null ? "" : format.duration(asset.duration_seconds))
  setText(size, asset.size_bytes === null ? "" : format.size(asset.size_bytes))
  setText(added, format.when(asset.created_at))
  setText(brief, [format.size(asset.size_bytes), format.when(asset.created_at)].join(" · "))
}

/** Show how far an upload is, or else the cut or render that is being made. */
function showProgress(bar, asset, kind, moving) {
  const upload = asset.state === "pending_upload" ? uploads.value.find((each) => each.assetId === asset.id) : undefined
  bar.hidden = !upload && !moving
  if (bar.hidden) return
  bar.value = upload ? upload.sent / upload.size : moving.progress
  bar.setAttribute("aria-label", upload ? text.uploading : workName(kind, moving))
}

function kindOf(asset) {
  return asset.extension ? asset.extension.toUpperCase() : text.kinds[asset.type ?? "unknown"]
}

/** Return placeholders for the time until the first response, as large as assets. */
export function assetSkeletons() {
  const one = () =>
    h(
      "li.asset.is-skeleton",
      {},
      h("span.asset-check"),
      h("span.asset-picture", {}, h("span.poster.skeleton")),
      h("span.asset-text", {}, h("span.skeleton.line"), h("span.skeleton.line.is-short")),
    )
  return h("ul.asset-list", { "aria-hidden": "true" }, Array.from({ length: SKELETONS }, one))
}
