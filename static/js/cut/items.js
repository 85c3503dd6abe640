// The elements of the transcript: words, spans that can be toggled, gaps without words.

import { fill, h } from "../core/dom.js"
import { signature } from "./layout.js"
import { isUnsure } from "./spans.js"
import { strings } from "./strings.js"

const text = strings.transcript
const SHORT_GAP = 0.15 // seconds; shorter gaps have a mark without a figure

/** Return a paragraph that is drawn again only when its items change: `{ node, show(items, makeItem) }`. */
export function paragraph(time, index) {
  const words = h("p.para-text")
  const node = h("div.para", {}, h("span.para-time", { "aria-hidden": "true", dataset: { para: index } }, time), words)
  let shown = ""
  const show = (items, makeItem) => {
    const next = signature(items)
    if (next === shown) return
    shown = next
    fill(words, items.map(makeItem))
  }
  return { node, show }
}

/** Return a function that makes the elements of an item. @param {import("./model.js").Editing} editing */
export function itemMaker(editing) {
  const { words } = editing
  const suggested = new Set(editing.suggestions.flatMap((span) => wordsIn(words, span)))
  const word = (index) => {
    const classes = [isUnsure(words[index]) && "is-unsure", suggested.has(index) && "is-suggested"]
    const properties = { class: classes.filter(Boolean).join(" "), tabindex: -1, dataset: { w: index } }
    return h("span.word", properties, words[index].text)
  }
  const wordNodes = (first, last) => {
    const nodes = []
    for (let index = first; index <= last; index++) nodes.push(word(index), " ")
    return nodes
  }
  const textOf = (first, last) =>
    words
      .slice(first, last + 1)
      .map((each) => each.text)
      .join(" ")

  /** @param {import("./layout.js").Item} item */
  return ({ first, last, mark }) => {
    if (!mark) return wordNodes(first, last)
    const seconds = (mark.end - mark.start) / editing.rate
    const properties = {
      role: "button",
      tabindex: -1,
      class: mark.isDropped ? "is-dropped" : "is-back",
      "aria-pressed": String(mark.isDropped),
      "aria-label": text.describe({ ...mark, seconds, text: textOf(first, last) || mark.text }),
      dataset: { key: mark.key, reason: mark.reason, w: first },
    }
    if (last >= first) return [h("span.run", properties, wordNodes(first, last).slice(0, -1)), " "]
    return h("span.gap", properties, seconds < SHORT_GAP ? "" : seconds.toFixed(1))
  }
}

function wordsIn(words, { start, end }) {
  return words.flatMap((word, index) => (word.start + word.end >= 2 * start && word.start + word.end < 2 * end ? index : []))
}
