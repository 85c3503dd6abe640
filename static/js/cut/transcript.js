// The transcript: text that is the timeline.

import { h } from "../core/dom.js"
import { itemMaker, paragraph } from "./items.js"
import { layout, marks } from "./layout.js"
import { selectionOf } from "./selected-words.js"
import { paragraphs } from "./spans.js"
import { clock, strings } from "./strings.js"

const text = strings.transcript

export class Transcript {
  #editing
  #actions
  #ranges
  #shown
  #makeItem
  #selection
  /** @type {Map<string, import("./layout.js").Mark>} */
  #known = new Map()
  /** The word that is played. @type {HTMLElement | null} */
  #spoken = null
  #highlight = globalThis.Highlight ? new Highlight() : null
  /** Where a selection by keys began. @type {HTMLElement | null} */
  #anchor = null

  /**
   * @param {import("./model.js").Editing} editing
   * @param {{ seek: (frame: number) => void, toggle: (mark: import("./layout.js").Mark) => void,
   *   select: (mark: import("./layout.js").Mark) => void }} actions
   */
  constructor(editing, actions) {
    this.#editing = editing
    this.#actions = actions
    this.#ranges = paragraphs(editing)
    this.#makeItem = itemMaker(editing)
    this.#shown = this.#ranges.map(([first], index) => paragraph(clock(editing.words[first].start / editing.rate), index))
    this.node = h(
      "div.transcript",
      { role: "group", tabindex: 0, "aria-label": text.label, "aria-description": text.hint },
      this.#shown.map((each) => each.node),
    )
    this.#selection = selectionOf(this.node)
    // The browser's highlights leave the elements alone.
    if (this.#highlight) CSS.highlights.set("spoken", this.#highlight)
    this.node.addEventListener("click", (event) => this.#click(event))
    this.node.addEventListener("keydown", (event) => this.#key(event))
    this.node.addEventListener("focusin", ({ target }) => {
      const mark = this.markOf(target.dataset?.key)
      if (mark) actions.select(mark)
    })
  }

  /** Show what is kept and dropped now; the focus stays. @param {import("./model.js").Dropped[]} dropped */
  update(dropped) {
    const { words } = this.#editing
    const all = marks(this.#editing, dropped)
    this.#known = new Map(all.map((mark) => [mark.key, mark]))
    const focused = this.node.contains(document.activeElement) ? document.activeElement : null
    const { key, w } = focused?.dataset ?? {}
    for (const [index, items] of layout(words, this.#ranges, all).entries()) this.#shown[index].show(items, this.#makeItem)
    if (!focused || focused.isConnected) return
    const again = (key !== undefined && this.node.querySelector(`[data-key="${key}"]`)) || this.#wordNode(w)
    ;(again?.closest("[data-key]") ?? again ?? this.node).focus({ preventScroll: true })
  }

  /** Return the span of a key that can be toggled. */
  markOf(key) {
    return this.#known.get(key)
  }

  /** Return the first and the last selected word; null if nothing is selected. */
  selectedWords() {
    return this.#selection.get()
  }

  selectWords(first, last) {
    this.#selection.set(this.#wordNode(first), this.#wordNode(last))
  }

  /** Mark the word that is spoken; `follow`: scroll to it. */
  showSpoken(index, follow) {
    const next = this.#wordNode(index)
    if (!next || next === this.#spoken) return
    this.#spoken = next
    if (this.#highlight) {
      const range = new Range()
      range.selectNodeContents(next)
      this.#highlight.clear()
      this.#highlight.add(range)
    }
    if (follow) keepInView(this.node, next)
  }

  reveal(index) {
    keepInView(this.node, this.#wordNode(index))
  }

  #wordNode(index) {
    return this.node.querySelector(`.word[data-w="${index}"]`)
  }

  #click(event) {
    if (!getSelection().isCollapsed) return
    const target = /** @type {HTMLElement} */ (event.target).closest("[data-key], .word, .para-time")
    if (!target) return
    const { words } = this.#editing
    const owner = target.closest("[data-key]")
    const mark = this.markOf(owner?.dataset.key)
    if (mark && (mark.isDropped || target.matches(".gap"))) {
      owner.focus({ preventScroll: true })
      this.#actions.toggle(mark)
    } else if (target.matches(".para-time")) this.#actions.seek(words[this.#ranges[Number(target.dataset.para)][0]].start)
    else if (target.dataset.w) this.#actions.seek(words[Number(target.dataset.w)].start)
  }

  #key(event) {
    const { dataset } = /** @type {HTMLElement} */ (event.target)
    if ((event.key === " " || event.key === "Enter") && dataset.key) {
      event.preventDefault()
      this.#actions.toggle(this.markOf(dataset.key))
    } else if (event.key.startsWith("Arrow") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault()
      this.#move(event)
    }
  }

  /** Move the focus, and select with Shift. */
  #move({ key, shiftKey, target }) {
    const from = target === this.node ? null : target
    const to = from ? neighbor(from, key) : this.#spoken ?? this.node.querySelector(".para-text > *")
    if (!to) return
    if (!shiftKey) {
      this.#anchor = null
      this.#selection.clear()
    }
    to.focus()
    const mark = this.markOf(to.dataset.key)
    this.#actions.seek(mark ? mark.start : this.#editing.words[Number(to.dataset.w)].start)
    if (!shiftKey) return
    this.#anchor ??= from ?? to
    this.#selection.set(this.#anchor, to)
  }
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
