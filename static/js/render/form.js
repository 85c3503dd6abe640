// Finished files of a cut: a preset to render, and the renders there are.

import { createRender } from "../api/resources.js"
import { h, keyedList } from "../core/dom.js"
import { stored } from "../core/storage.js"
import { button, select } from "../ui/controls.js"
import { renderList } from "./list.js"
import { PRESETS, presetsOf } from "./presets.js"
import { renderRow } from "./row.js"
import { strings as text } from "./strings.js"

const lastPreset = stored("localStorage", "preset", "")

/** @param {import("../api/resources.js").Asset} asset @param {string} cutId @param {AbortSignal} signal */
export function renderForm(asset, cutId, signal) {
  const presets = presetsOf(asset)
  const known = presets.some(({ name }) => name === lastPreset.get())
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
    const name = new FormData(event.target).get("preset")
    lastPreset.set(String(name))
    notice.hidden = true
    try {
      const { output } = PRESETS.find((each) => each.name === name)
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
      select({
        label: text.preset,
        name: "preset",
        options: presets.map(({ name }) => [name, text.presets[name]]),
        value: known ? lastPreset.get() : presets[0].name,
      }),
      button({ label: text.action, icon: "film", type: "submit" }),
    ),
    notice,
    rows,
  )
}
