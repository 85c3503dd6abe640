// The dialogs before something is done with many assets. Each resolves with true if it was started.

import { optionFields, optionsOf } from "../cut/options.js"
import { h, setText } from "../core/dom.js"
import { newestCompletedCuts } from "../data/work.js"
import { outputOf, presetField, presetsOf } from "../render/presets.js"
import { confirmDanger, form } from "../ui/dialog.js"
import { loadStyle } from "../ui/style.js"
import { startBulk } from "./run.js"
import { strings as text } from "./strings.js"

/** @typedef {import("../api/resources.js").Asset} Asset @typedef {import("./run.js").Item} Item */

/** @param {Item[]} items */
export async function cutMany(items) {
  await loadStyle("css/cut.css")
  const fields = optionFields({}, { withScript: false })
  focusFirst(fields)
  const submit = async () => {
    startBulk("cut", optionsOf(new FormData(fields.closest("form"))), items)
    return true
  }
  return form({
    title: text.cutTitle(items.length),
    confirm: text.cutConfirm,
    fields: [h("p", {}, text.cutText), fields],
    submit,
  })
}

/** @param {Item[]} items @param {Asset[]} assets the same @param {string} projectId of all of them, or empty */
export async function renderMany(items, assets, projectId) {
  const field = h("div.actions", {}, presetField(presetsOf(assets)))
  focusFirst(field)
  const hint = h("p.hint", { role: "status" }, text.looking)
  const searching = newestCompletedCuts(
    items.map(({ id }) => id),
    projectId,
  )
  searching.then(
    ({ size }) => setText(hint, text.renderText(size, items.length - size)),
    ({ message }) => setText(hint, message),
  )
  const submit = async () => {
    const cuts = await searching
    const output = outputOf(new FormData(field.closest("form")))
    startBulk(
      "render",
      output,
      items.map((item) => ({ ...item, cut: cuts.get(item.id) })),
    )
    return true
  }
  return form({ title: text.renderTitle(items.length), confirm: text.renderConfirm, fields: [field, hint], submit })
}

/** Have a dialog begin with the first choice. */
function focusFirst(fields) {
  fields.querySelector("select").autofocus = true
}

/** @param {Item[]} items */
export function deleteMany(items) {
  return confirmDanger({
    title: text.deleteTitle(items.length),
    text: text.deleteText,
    confirm: text.deleteConfirm(items.length),
    submit: async () => startBulk("delete", null, items),
  })
}
