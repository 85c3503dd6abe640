// All renders, newest first.

import { fill, h, keyedList } from "../core/dom.js"
import { AssetNames } from "../data/asset-names.js"
import { strings as shared } from "../strings.js"
import { button, emptyState } from "../ui/controls.js"
import { loadStyle } from "../ui/style.js"
import { renderList } from "./list.js"
import { renderRow } from "./row.js"
import { strings as text } from "./strings.js"

/** @param {import("../main.js").ViewContext} context */
export async function show({ root, signal }) {
  document.title = shared.pageTitle(text.title)
  await loadStyle("css/cut.css")
  const names = new AssetNames(signal)
  const list = renderList({}, signal)
  const holder = h("div", { "aria-busy": "true" })
  const more = button({ label: text.more, onclick: list.more })
  const rows = h("ul.renders.card")
  const nameOf = (render) => names.get(render.asset_id) ?? text.recording
  const showRows = keyedList(
    rows,
    (render) => render.id,
    (render) => renderRow(render, { refresh: list.refresh, nameOf }),
  )
  fill(root, h("header.view-head", {}, h("h1", {}, text.title)), holder)
  list.state.watch(async (page) => {
    if (!page) return
    await names.find(page.items.map((render) => render.asset_id))
    if (signal.aborted || page !== list.state.value) return
    holder.removeAttribute("aria-busy")
    if (!page.items.length) return void fill(holder, emptyState({ icon: "film", title: text.none, text: text.noneText }))
    showRows(page.items)
    more.hidden = page.items.length >= page.total
    if (rows.parentElement !== holder) fill(holder, rows, more)
  }, signal)
}
