// Finished files of a cut: a preset to render, and the renders there are.

import { createRender } from "../api/resources.js"
import { h, keyedList } from "../core/dom.js"
import { button } from "../ui/controls.js"
import { renderList } from "./list.js"
import { outputOf, presetField, presetsOf } from "./presets.js"
import { renderRow } from "./row.js"
import { strings as text } from "./strings.js"

/** @param {import("../api/resources.js").Asset} asset @param {string} cutId @param {AbortSignal} signal */
export function renderForm(asset, cutId, signal) {
  const list = renderList({ cut_id: cutId }, signal)
  const rows = h("ul.renders")
  const show = keyedList(
    rows,
    (render) => render.id,
    (render) => renderRow(render, { refresh: list.refresh }),
  )
  list.state.watch((page) => page && show(page.items), signal)
  const notice = h("p.form-error", { role: "alert", hidden: true })
  const onsubmit = async (event) => {
    event.preventDefault()
    const output = outputOf(new FormData(event.target))
    notice.hidden = true
    try {
      await createRender({ asset_id: asset.id, cut_id: cutId, output })
      list.refresh()
    } catch ({ message }) {
      notice.textContent = message
      notice.hidden = false
    }
  }
  return h(
    "form.render-form",
    { onsubmit },
    h("h3", {}, text.preset),
    h("p.hint", {}, text.hint),
    h(
      "div.actions",
      {},
      presetField(presetsOf([asset])),
      button({ label: text.action, icon: "film", type: "submit" }),
    ),
    notice,
    rows,
  )
}
