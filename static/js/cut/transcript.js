// The transcript: text that is the timeline. Paragraphs are drawn again only when their items change.

import { fill, h } from "../core/dom.js"
import { layout, marks, signature } from "./layout.js"
import { isUnsure, paragraphs } from "./spans.js"
import { clock, strings } from "./strings.js"

const text = strings.transcript
const SHORT_GAP = 0.15 // seconds; shorter gaps have a mark without a figure

/**
 * @param {import("./model.js").Editing} editing
 * @param {{ seek: (frame: number) => void, toggle: (mark: import("./layout.js").Mark) => void,
 *   select: (mark: import("./layout.js").Mark) => void }} actions
 */
export function transcriptView(editing, { seek, toggle, select }) {
  const ranges = paragraphs(editing)
  const seconds = (frames) => frames / editing.rate
  const suggested = new Set(editing.suggestions.flatMap((span) => wordsIn(editing.words, span)))
  const shown = ranges.map(([first], index) => paragraph(clock(seconds(editing.words[first].start)), index))
  const node = h(
    "div.transcript",
    { role: "group", tabindex: 0, "aria-label": text.label, "aria-description": text.hint },
    shown.map((each) => each.node),
  )
  /** @type {Map<string, import("./layout.js").Mark>} */
  let known = new Map()

  const update = (dropped) => {
    const all = marks(editing, dropped)
    known = new Map(all.map((mark) => [mark.key, mark]))
    const focused = node.contains(document.activeElement) ? document.activeElement : null
    const { key, w } = focused?.dataset ?? {}
    for (const [index, items] of layout(editing.words, ranges, all).entries()) shown[index].show(items, makeItem)
    if (!focused || focused.isConnected) return
    const again = key === undefined ? wordNode(w) : node.querySelector(`[data-key="${key}"]`) ?? wordNode(w)
    ;(again?.closest("[data-key]") ?? again ?? node).focus({ preventScroll: true })
  }

  const makeItem = ({ first, last, mark }) => {
    if (!mark) return wordNodes(first, last)
    const own = seconds(mark.end - mark.start)
    const label = text.describe({ ...mark, seconds: own, text: textOf(first, last) || mark.text })
    const properties = {
      role: "button",
      tabindex: -1,
      "aria-pressed": String(mark.isDropped),
      "aria-label": label,
      dataset: { key: mark.key, reason: mark.reason, w: first },
    }
    const state = mark.isDropped ? "is-dropped" : "is-back"
    if (last >= first) return [h("span.run", { class: state, ...properties }, wordNodes(first, last).slice(0, -1)), " "]
    const figure = own < SHORT_GAP ? "" : own.toFixed(1)
    return h("span.gap", { class: state, ...properties }, figure)
  }

  const textOf = (first, last) =>
    editing.words
      .slice(first, last + 1)
      .map((word) => word.text)
      .join(" ")

  const wordNodes = (first, last) => {
    const nodes = []
    for (let index = first; index <= last; index++) {
      const word = editing.words[index]
      const classes = [isUnsure(word) && "is-unsure", suggested.has(index) && "is-suggested"].filter(Boolean).join(" ")
      nodes.push(h("span.word", { class: classes, tabindex: -1, dataset: { w: index } }, word.text), " ")
    }
    return nodes
  }

  const wordNode = (index) => node.querySelector(`.word[data-w="${index}"]`)

  /** Return the first and the last selected word; null if nothing is selected. */
  const selectedWords = () => {
    const selection = getSelection()
    if (!selection.rangeCount || selection.isCollapsed) return null
    const range = selection.getRangeAt(0)
    if (!range.intersectsNode(node)) return null
    const touched = [...node.querySelectorAll(".para")]
      .filter((each) => range.intersectsNode(each))
      .flatMap((each) => [...each.querySelectorAll(".word")].filter((word) => isTouched(range, word)))
      .map((word) => Number(word.dataset.w))
    return touched.length ? [touched[0], touched.at(-1)] : null
  }

  node.addEventListener("click", (event) => {
    if (!getSelection().isCollapsed) return
    const target = /** @type {HTMLElement} */ (event.target).closest("[data-key], .word, .para-time")
    if (!target) return
    const mark = known.get(target.closest("[data-key]")?.dataset.key)
    if (mark && (mark.isDropped || target.matches(".gap"))) {
      target.closest("[data-key]").focus({ preventScroll: true })
      toggle(mark)
    } else if (target.matches(".para-time")) seek(editing.words[ranges[Number(target.dataset.para)][0]].start)
    else if (target.dataset.w) seek(editing.words[Number(target.dataset.w)].start)
  })
  node.addEventListener("focusin", ({ target }) => {
    const mark = known.get(target.dataset?.key)
    if (mark) select(mark)
  })
  node.addEventListener("keydown", (event) => {
    const here = /** @type {HTMLElement} */ (event.target)
    if ((event.key === " " || event.key === "Enter") && here.dataset.key) {
      event.preventDefault()
      toggle(known.get(here.dataset.key))
    } else if (event.key.startsWith("Arrow") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault()
      move(event)
    }
  })

  let anchor = null
  const move = ({ key, shiftKey, target }) => {
    const from = target === node ? null : target
    const to = from ? neighbor(from, key) : current ?? node.querySelector(".para-text > *")
    if (!to) return
    if (!shiftKey) {
      anchor = null
      getSelection().removeAllRanges()
    }
    to.focus()
    const index = Number(to.dataset.w)
    const mark = known.get(to.dataset.key)
    seek(mark ? mark.start : editing.words[index].start)
    if (!shiftKey) return
    anchor ??= from ?? to
    const isForward = anchor.compareDocumentPosition(to) & Node.DOCUMENT_POSITION_FOLLOWING
    const [first, last] = isForward ? [anchor, to] : [to, anchor]
    getSelection().setBaseAndExtent(first, 0, last, last.childNodes.length)
  }

  /** The word that is played; drawn by the browser's highlights, which leave the elements alone. */
  let current = null
  const highlight = globalThis.Highlight ? new Highlight() : null
  if (highlight) CSS.highlights.set("spoken", highlight)
  const showSpoken = (index, follow) => {
    const next = wordNode(index)
    if (!next || next === current) return
    current = next
    if (highlight) {
      const range = new Range()
      range.selectNodeContents(next)
      highlight.clear()
      highlight.add(range)
    }
    if (follow) keepInView(node, next)
  }

  const selectWords = (first, last) => {
    const [from, to] = [wordNode(first), wordNode(last)]
    getSelection().setBaseAndExtent(from, 0, to, to.childNodes.length)
  }

  return {
    node,
    update,
    selectedWords,
    selectWords,
    showSpoken,
    markOf: (key) => known.get(key),
    reveal: (index) => keepInView(node, wordNode(index)),
  }
}

function paragraph(time, index) {
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

function wordsIn(words, { start, end }) {
  return words.flatMap((word, index) => (word.start + word.end >= 2 * start && word.start + word.end < 2 * end ? index : []))
}

/** Return whether a range selects more of a word than its border. */
function isTouched(range, word) {
  const own = new Range()
  own.selectNodeContents(word)
  return (
    range.compareBoundaryPoints(Range.END_TO_START, own) < 0 && range.compareBoundaryPoints(Range.START_TO_END, own) > 0
  )
}

function neighbor(from, key) {
  const item = from.closest(".para-text > *")
  const para = from.closest(".para")
  switch (key) {
    case "ArrowRight":
      return item.nextElementSibling ?? para.nextElementSibling?.querySelector(".para-text > *")
    case "ArrowLeft":
      return item.previousElementSibling ?? para.previousElementSibling?.querySelector(".para-text > :last-child")
    case "ArrowDown":
      return para.nextElementSibling?.querySelector(".para-text > *")
    default:
      return item.previousElementSibling
        ? item.parentElement.firstElementChild
        : para.previousElementSibling?.querySelector(".para-text > *")
  }
}

/** Scroll a word to the middle unless it is seen well. */
function keepInView(scroller, word) {
  if (!word) return
  const [outer, inner] = [scroller.getBoundingClientRect(), word.getBoundingClientRect()]
  const isOwn = scroller.scrollHeight > scroller.clientHeight + 1
  const [top, bottom] = isOwn ? [outer.top, outer.bottom] : [0.3 * innerHeight, 0.7 * innerHeight]
  if (inner.top < top + 24 || inner.bottom > bottom - 48) word.scrollIntoView({ block: "center" })
}
