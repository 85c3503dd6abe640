// What a person should look at, and what to do about it.

import { h } from "../core/dom.js"
import { icon } from "../ui/icons.js"
import { strings } from "./strings.js"

const text = strings.warnings

/** @param {import("../api/resources.js").Warning[]} warnings @param {boolean} hasWords */
export function warningsView(warnings, hasWords) {
  const notes = warnings.map(({ code, message }) => [message, text.advice[code]])
  if (!hasWords) notes.push([strings.transcript.noWords, ""])
  if (!notes.length) return null
  return h(
    "section.cut-warnings",
    { "aria-label": text.title(notes.length) },
    h("h2", {}, icon("alert"), text.title(notes.length)),
    h(
      "ul",
      {},
      notes.map(([message, advice]) => h("li", {}, h("p", {}, message), advice && h("p.hint", {}, advice))),
    ),
  )
}
