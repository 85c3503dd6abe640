// Short messages at the edge of the page.

import { h } from "../core/dom.js"

const SHOWN = 4000 // milliseconds
const LONGER = 9000 // for errors

/** @type {HTMLElement | null} */
let shelf = null

/** @param {string} text @param {{ kind?: "info" | "error" }} [options] */
export function toast(text, { kind = "info" } = {}) {
  shelf ??= document.body.appendChild(h("div.toasts", { role: "status", "aria-live": "polite", popover: "manual" }))
  const message = h("p.toast", { class: `is-${kind}` }, text)
  shelf.append(message)
  // Shown again, to lie above a dialog opened since.
  shelf.hidePopover()
  shelf.showPopover()
  const remove = () => {
    message.remove()
    if (!shelf.childElementCount) shelf.hidePopover()
  }
  message.addEventListener("click", remove)
  setTimeout(remove, kind === "error" ? LONGER : SHOWN)
}

/** Show an error, unless it is an abort. */
export function toastError(error) {
  if (error.name !== "AbortError") toast(error.message, { kind: "error" })
}
