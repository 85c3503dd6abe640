// Menus below their button, as the browser's popovers, which close by Escape and a press outside.

import { h } from "../core/dom.js"
import { icon } from "./icons.js"

const GAP = 6 // pixels between button and menu, and to the edge of the window

/**
 * @typedef {{ label: string, icon: string, onselect: () => void, danger?: boolean, checked?: boolean }} MenuEntry
 * @typedef {MenuEntry | "line"} MenuItem
 */

/**
 * Make `trigger` open a menu; `items` is called each time.
 *
 * @param {HTMLElement} trigger
 * @param {() => MenuItem[]} items
 */
export function menu(trigger, items) {
  trigger.setAttribute("aria-haspopup", "menu")
  trigger.setAttribute("aria-expanded", "false")
  trigger.addEventListener("click", (event) => {
    event.preventDefault()
    if (trigger.getAttribute("aria-expanded") === "true") return
    open(trigger, items())
  })
}

function open(trigger, items) {
  const list = h(
    "div.menu",
    { role: "menu", popover: "auto" },
    items.map((item) => entry(item, () => list.hidePopover())),
  )
  document.body.append(list)
  list.addEventListener("toggle", (event) => {
    if (event.newState === "open") return
    trigger.setAttribute("aria-expanded", "false")
    if (list.contains(document.activeElement) || document.activeElement === document.body) trigger.focus()
    list.remove()
  })
  list.addEventListener("keydown", (event) => move(list, event))
  list.showPopover()
  trigger.setAttribute("aria-expanded", "true")
  place(list, trigger.getBoundingClientRect())
  list.querySelector("button").focus()
}

function entry(item, close) {
  if (item === "line") return h("hr", {})
  const { label, icon: name, onselect, danger, checked } = item
  const onclick = () => {
    close()
    onselect()
  }
  const role = checked === undefined ? "menuitem" : "menuitemradio"
  return h(
    "button.menu-item",
    {
      type: "button",
      role,
      "aria-checked": checked === undefined ? null : String(checked),
      class: danger ? "is-danger" : "",
      onclick,
    },
    icon(name),
    h("span", {}, label),
    checked && icon("check"),
  )
}

/** Place the menu below the button, or above if there is no room, aligned to its left or right edge. */
function place(list, near) {
  const { width, height } = list.getBoundingClientRect()
  const left = near.left + width + GAP > innerWidth ? Math.max(GAP, near.right - width) : near.left
  const below = near.bottom + GAP
  const top = below + height + GAP > innerHeight ? Math.max(GAP, near.top - height - GAP) : below
  list.style.setProperty("left", `${left}px`)
  list.style.setProperty("top", `${top}px`)
}

function move(list, event) {
  const all = [...list.querySelectorAll("button")]
  const at = all.indexOf(document.activeElement)
  const targets = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }
  if (!(event.key in targets)) {
    if (event.key === "Tab") list.hidePopover()
    return
  }
  event.preventDefault()
  all[targets[event.key] % all.length].focus()
}
