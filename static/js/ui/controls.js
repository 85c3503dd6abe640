// The small parts of views.

import { fill, h } from "../core/dom.js"
import { icon } from "./icons.js"
import { strings } from "./strings.js"
import { toast } from "./toast.js"

/** Create a button: `button({ label, icon, kind: "primary" | "quiet" | "danger", onclick })`. */
export function button({ label, icon: name, kind, small, type = "button", ...properties }) {
  const classes = [kind && `is-${kind}`, small && "is-small"].filter(Boolean).join(" ")
  return h("button.button", { type, class: classes, ...properties }, name && icon(name), h("span", {}, label))
}

/** Create a button with an icon and a name for screen readers and the pointer. */
export function iconButton({ label, icon: name, ...properties }) {
  return h("button.icon-button", { type: "button", "aria-label": label, title: label, ...properties }, icon(name))
}

/** Change the icon and the name of an icon button. */
export function setIcon(target, name, label) {
  if (target.dataset.icon === name && target.title === label) return
  target.dataset.icon = name
  target.title = label
  target.setAttribute("aria-label", label)
  fill(target, icon(name))
}

/** Create a select: options are `[value, text]`. */
export function select({ label, options, value, ...properties }) {
  const element = h(
    "select",
    { "aria-label": label, ...properties },
    options.map(([each, text]) => h("option", { value: each }, text)),
  )
  element.value = value
  return h("span.select", {}, element, icon("chevronDown"))
}

/** Create a row of radio buttons that look like one switch. Options are `[value, label, icon]`. */
export function segmented({ label, name, options, value, onchange }) {
  const segment = ([each, text, iconName]) =>
    h(
      "label.segment",
      { title: text },
      h("input", { type: "radio", name, value: each, checked: each === value, onchange: () => onchange(each) }),
      icon(iconName),
      h("span.visually-hidden", {}, text),
    )
  return h("fieldset.segmented", {}, h("legend.visually-hidden", {}, label), options.map(segment))
}

/** Create an empty state: why nothing is here, and what to do about it. */
export function emptyState({ icon: name, title, text, actions = [] }) {
  return h(
    "div.empty",
    {},
    h("div.empty-icon", {}, icon(name)),
    h("h2", {}, title),
    text && h("p", {}, text),
    actions.length > 0 && h("div.actions", {}, actions),
  )
}

/** Create a command for a terminal, with a button that copies it. */
export function command(text) {
  return h(
    "span.command",
    {},
    h("code", {}, text),
    iconButton({ label: strings.copyCommand, icon: "copy", onclick: () => copy(text) }),
  )
}

/** Copy a text and confirm it. Pages on plain HTTP have no clipboard API. */
export async function copy(text) {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text)
    else copyBySelection(text)
    toast(strings.copied)
  } catch {
    toast(strings.notCopied, { kind: "error" })
  }
}

function copyBySelection(text) {
  const area = h("textarea.visually-hidden", { value: text, "aria-hidden": "true" })
  // Everything outside an open dialog is inert.
  const home = document.querySelector("dialog[open]") ?? document.body
  home.append(area)
  area.select()
  const done = document.execCommand("copy")
  area.remove()
  if (!done) throw new Error("not copied")
}
