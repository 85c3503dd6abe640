// The transcript as a list of items for each paragraph, pure: words, spans that can be toggled, gaps without words.

import { lowerBound } from "./model.js"
import { droppedSpans, middleOf } from "./spans.js"

/**
 * @typedef {import("./model.js").Dropped & { key: string, isDropped: boolean }} Mark a span that can be toggled:
 *   dropped, or dropped by the plan and brought back
 * @typedef {{ first: number, last: number, mark: Mark | null }} Item words `first` to `last`; a gap has none:
 *   `last` is before `first`
 */

/** Return the spans that can be toggled, in order. @param {import("./model.js").Editing} editing @returns {Mark[]} */
export function marks(editing, dropped = droppedSpans(editing)) {
  const gone = dropped.map((span) => ({ ...span, isDropped: true, key: keyOf(span, editing) }))
  const back = editing.dropped.flatMap((span) =>
    keptPartsOf(editing.kept, span).map((part) => ({ ...part, isDropped: false, key: keyOf(part, editing) })),
  )
  return [...gone, ...back].sort((one, other) => one.start - other.start)
}

/** A whole span of the plan keeps its key when it is toggled, and so the focus. */
function keyOf({ base, start, end }, { dropped }) {
  if (base === null) return `h${start}`
  return start === dropped[base].start && end === dropped[base].end ? `b${base}` : `b${base}.${start}`
}

function keptPartsOf(kept, span) {
  const parts = []
  for (let index = lowerBound(kept, ({ end }) => end > span.start); index < kept.length; index++) {
    const [start, end] = [Math.max(kept[index].start, span.start), Math.min(kept[index].end, span.end)]
    if (end <= start) break
    parts.push({ ...span, start, end })
  }
  return parts
}

/**
 * Return the items of each paragraph.
 *
 * @param {import("./model.js").Word[]} words in order
 * @param {[number, number][]} ranges the words of the paragraphs
 * @param {Mark[]} all
 * @returns {Item[][]}
 */
export function layout(words, ranges, all) {
  let next = 0
  let hasWords = false
  const pass = (items, at, frame) => {
    while (next < all.length && all[next].end <= frame) {
      if (!hasWords) items.push({ first: at, last: at - 1, mark: all[next] })
      hasWords = false
      next += 1
    }
  }
  const laid = ranges.map(([first, last]) => {
    /** @type {Item[]} */
    const items = []
    for (let index = first; index <= last; index++) {
      const middle = middleOf(words[index])
      pass(items, index, middle)
      const mark = next < all.length && all[next].start <= middle ? all[next] : null
      if (mark) hasWords = true
      const item = items.at(-1)
      if (item && item.last >= item.first && item.mark === mark) item.last = index
      else items.push({ first: index, last: index, mark })
    }
    return items
  })
  if (laid.length) pass(laid.at(-1), words.length, Infinity)
  return laid
}

/** Return a text that differs when the items would look different. @param {Item[]} items */
export function signature(items) {
  return items
    .map(({ first, last, mark }) =>
      mark ? `${first}-${last}${mark.isDropped ? "x" : "o"}${mark.key}/${mark.end - mark.start}` : `${first}-${last}`,
    )
    .join()
}
