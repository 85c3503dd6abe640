// Keyboard shortcuts: single keys and two-key sequences, inactive while the user types or a dialog is open.

const SEQUENCE = 1200 // milliseconds between the keys of a sequence
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]"

/** @type {Map<string, () => void>[]} the innermost scope is last */
const scopes = []
let first = { key: "", at: 0 }

/**
 * Bind keys until `signal` aborts: `{ "/": search, "g c": credits }`. The newest binding of a key wins.
 *
 * @param {Record<string, () => void>} bindings
 * @param {AbortSignal} signal
 */
export function shortcuts(bindings, signal) {
  const scope = new Map(Object.entries(bindings))
  scopes.push(scope)
  signal.addEventListener("abort", () => scopes.splice(scopes.indexOf(scope), 1))
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return
  // Menus and the drawer close by themselves.
  if (event.key === "Escape" && document.querySelector("[popover=auto]:popover-open")) return
  // A button or link in focus handles its own keys first.
  if ((event.key === " " || event.key === "Enter") && event.target.closest?.("button, a, summary")) return
  const sequence = event.timeStamp - first.at < SEQUENCE ? find(`${first.key} ${event.key}`) : undefined
  first = { key: event.key, at: event.timeStamp }
  const action = sequence ?? find(event.key)
  if (!action) return
  event.preventDefault()
  action()
})

function find(key) {
  return scopes.findLast((scope) => scope.has(key))?.get(key)
}
