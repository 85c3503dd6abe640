// Selecting assets of a list by mouse, touch and keys.

import { moveFocus } from "../views/asset-focus.js"

const EXTENDING = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]) // with Shift

/**
 * @param {HTMLElement} holder of the rows
 * @param {import("./selection.js").Selection} selection
 */
export function selectByGestures(holder, selection) {
  // Shift would select text, and the browser opens windows for links.
  holder.addEventListener("mousedown", (event) => {
    const row = rowOf(event)
    if (!row || !event.shiftKey || event.target.closest(".asset-check")) return
    event.preventDefault()
    row.querySelector(".asset-title").focus({ preventScroll: true })
  })
  holder.addEventListener("click", (event) => {
    const row = rowOf(event)
    if (!row) return
    const isCheck = Boolean(event.target.closest(".asset-check"))
    if (!isCheck && !selects(event, selection)) return
    if (!isCheck) event.preventDefault()
    if (event.shiftKey) selection.extend(row.dataset.id)
    else selection.toggle(row.dataset.id)
  })
  holder.addEventListener("keydown", (event) => {
    if (!onKey(event, holder, selection)) return
    event.preventDefault()
  })
}

/** A click selects with the keys of file managers, and by itself once something is selected; Enter always opens. */
function selects({ ctrlKey, metaKey, shiftKey, detail }, selection) {
  return ctrlKey || metaKey || shiftKey || (selection.size > 0 && detail > 0)
}

/** Return whether a key was used. */
function onKey(event, holder, selection) {
  const row = rowOf(event)
  if (!row || event.altKey) return false
  const { key, shiftKey } = event
  if (event.ctrlKey || event.metaKey) {
    if (key.toLowerCase() !== "a") return false
    selection.all()
  } else if (key === " " && event.target.matches(".asset-title")) {
    if (shiftKey) selection.extend(row.dataset.id)
    else selection.toggle(row.dataset.id)
  } else if (shiftKey && EXTENDING.has(key)) {
    const to = moveFocus(holder, key)
    if (to) selection.extend(to, row.dataset.id)
  } else return false
  return true
}

function rowOf({ target }) {
  return /** @type {HTMLElement | null} */ (target.closest(".asset[data-id]"))
}
