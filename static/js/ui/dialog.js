// The browser's own dialogs, which keep the focus and close with Escape.

import { h } from "../core/dom.js"
import { strings } from "../strings.js"
import { button, iconButton } from "./controls.js"

/**
 * Show a dialog; resolves with the argument of `close`, or null when dismissed.
 *
 * @template T
 * @param {{ title: string, wide?: boolean, content: (close: (value: T) => void) => any }} options
 * @returns {Promise<T | null>}
 */
export function dialog({ title, wide = false, content }) {
  return new Promise((resolve) => {
    let outcome = null
    const close = (value) => {
      outcome = value
      element.close()
    }
    const element = h(
      "dialog.dialog",
      { class: wide ? "is-wide" : "", "aria-labelledby": "dialog-title" },
      h(
        "header",
        {},
        h("h2", { id: "dialog-title" }, title),
        iconButton({ label: strings.close, icon: "close", onclick: () => element.close() }),
      ),
      content(close),
    )
    element.addEventListener("close", () => {
      element.remove()
      resolve(outcome)
    })
    // A press outside hits the dialog itself, which has no padding.
    element.addEventListener("pointerdown", (event) => event.target === element && element.close())
    document.body.append(element)
    element.showModal()
    element.querySelector("[autofocus]")?.focus()
  })
}

/** Ask for a line of text; shows an error of `submit`. Resolves with its result, or null when dismissed. */
export function askText({ title, label, value = "", confirm, submit }) {
  const input = h("input", {
    type: "text",
    value,
    autofocus: true,
    required: true,
    maxlength: 256,
    autocomplete: "off",
  })
  return form({
    title,
    confirm,
    fields: [h("label.field", {}, h("span", {}, label), input)],
    submit: () => submit(input.value.trim()),
  })
}

/**
 * Ask before something that cannot be undone. A `phrase` has to be typed.
 *
 * @returns {Promise<unknown>} null when dismissed
 */
export function confirmDanger({ title, text, confirm, phrase, submit }) {
  const input = phrase && h("input", { type: "text", autofocus: true, autocomplete: "off", spellcheck: "false" })
  const fields = [h("p", {}, text)]
  if (input) fields.push(h("label.field", {}, h("span", {}, strings.typeToConfirm, h("strong", {}, phrase)), input))
  const isReady = () => !input || input.value.trim() === phrase.trim()
  return form({ title, confirm, fields, danger: true, isReady, input, submit: async () => (await submit(), true) })
}

/**
 * Show a form; an error of `submit` is shown in it. Resolves with the result of `submit`, or null when dismissed.
 *
 * @returns {Promise<any>}
 */
export function form({ title, confirm, fields, submit, danger = false, isReady = () => true, input = null }) {
  return dialog({
    title,
    content: (close) => {
      const notice = h("p.form-error", { role: "alert", hidden: true })
      const go = button({ label: confirm, kind: danger ? "danger" : "primary", type: "submit", disabled: !isReady() })
      const dismiss = button({ label: strings.cancel, autofocus: danger && !input, onclick: () => close(null) })
      input?.addEventListener("input", () => (go.disabled = !isReady()))
      const onsubmit = async (event) => {
        event.preventDefault()
        go.disabled = true
        try {
          close(await submit())
        } catch (error) {
          notice.textContent = error.message
          notice.hidden = false
          go.disabled = false
        }
      }
      return h(
        "form.stack",
        { onsubmit, novalidate: true },
        fields,
        notice,
        h("div.actions.is-end", {}, dismiss, go),
      )
    },
  })
}
