// One asset in the grid or the list: the same elements, laid out by the style sheet.

import { h, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { href } from "../core/router.js"
import { findProject } from "../data/projects.js"
import { titleOf } from "../data/title.js"
import { strings } from "../strings.js"
import { uploads } from "../upload/list.js"
import { poster } from "../ui/poster.js"
import { stateChip } from "../ui/state.js"

const SKELETONS = 12
const text = strings.assets

/** @param {import("../api/resources.js").Asset} asset @param {{ withProject: boolean }} options */
export function assetRow(asset, { withProject }) {
  const picture = poster(asset)
  const length = h("span.asset-length")
  const bar = h("progress.asset-progress", { max: 1, value: 0, hidden: true, "aria-label": text.uploading })
  const title = h("a.asset-title", { href: href(`/assets/${asset.id}`), dir: "auto" })
  const kind = h("span.asset-kind")
  const brief = h("span.asset-brief")
  const project = withProject ? h("span.asset-project") : null
  const state = h("span.asset-state")
  const size = h("span.asset-size")
  const added = h("time.asset-added", { datetime: asset.created_at, title: format.exactDate(asset.created_at) })
  const node = h(
    "li.asset",
    {},
    h("span.asset-picture", {}, picture.node, bar),
    h("span.asset-text", {}, title, h("span.asset-meta", {}, kind, project, brief)),
    state,
    length,
    size,
    added,
  )

  let shownState = ""
  const update = (next) => {
    picture.update(next)
    setText(title, titleOf(next))
    title.title = titleOf(next)
    setText(kind, kindOf(next))
    if (project) setText(project, findProject(next.project_id)?.name ?? "")
    setText(length, next.duration_seconds === null ? "" : format.duration(next.duration_seconds))
    setText(size, next.size_bytes === null ? "" : format.size(next.size_bytes))
    setText(added, format.when(next.created_at))
    setText(brief, [format.size(next.size_bytes), format.when(next.created_at)].join(" · "))
    const upload = next.state === "pending_upload" ? uploads.value.find((each) => each.assetId === next.id) : undefined
    bar.hidden = !upload
    if (upload) bar.value = upload.sent / upload.size
    if (shownState === next.state) return
    shownState = next.state
    node.dataset.state = next.state
    state.replaceChildren(stateChip(next.state))
  }
  return { node, update }
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
      h("span.asset-picture", {}, h("span.poster.skeleton")),
      h("span.asset-text", {}, h("span.skeleton.line"), h("span.skeleton.line.is-short")),
    )
  return h("ul.asset-list", { "aria-hidden": "true" }, Array.from({ length: SKELETONS }, one))
}
