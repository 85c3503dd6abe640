// What the keys and buttons of the editor do to the cut. Each returns what it did, in words.

import { areDropped, doubtfulPlaces, sentenceAt, toggleWords } from "./spans.js"
import { strings } from "./strings.js"

const text = strings.transcript

/** @param {import("./model.js").Editing} editing */
export function commandsOf(editing) {
  const words = (first, last, phrases) => {
    const wereDropped = areDropped(editing, first, last)
    editing.change(toggleWords(editing, first, last))
    return phrases[wereDropped ? 1 : 0](last - first + 1)
  }
  return {
    /** Toggle a span that was dropped. @param {import("./layout.js").Mark} mark */
    toggleMark(mark) {
      const seconds = (mark.end - mark.start) / editing.rate
      editing.change([{ start: mark.start, end: mark.end, kept: mark.isDropped }])
      return text.describe({ ...mark, seconds, isDropped: !mark.isDropped })
    },

    toggleWords: (first, last) => words(first, last, [text.wordsDropped, text.wordsBack]),

    /** Toggle the sentence at a frame, or where there are no words the span. */
    toggleSentence(frame) {
      const [first, last] = sentenceAt(editing, frame)
      return words(first, last, [() => text.sentenceDropped, () => text.sentenceBack])
    },

    toggleRange({ start, end }) {
      const segment = editing.kept[editing.segmentAt(start)]
      const hasKept = Boolean(segment) && segment.start < end
      editing.change([{ start, end, kept: !hasKept }])
      return hasKept ? text.rangeDropped : text.rangeBack
    },

    /** Return the gap between kept spans around a frame; null where it is kept. @param {number} middle */
    gapAt(middle) {
      if (editing.isKept(middle)) return null
      const next = editing.segmentAt(middle)
      const [start, end] = [editing.kept[next - 1]?.end ?? 0, editing.kept[next]?.start ?? editing.length]
      return { start, end, middle, isGap: true }
    },

    /**
     * Move an edge of a gap to a frame, no further than the spans next to it reach; returns the gap then.
     *
     * @param {{ start: number, end: number }} gap @param {"start" | "end"} side
     */
    moveEdge(gap, side, frame) {
      const next = editing.segmentAt(gap.start)
      const [before, after] = [editing.kept[next - 1], editing.kept[next]]
      const isStart = side === "start"
      const least = isStart ? (before ? before.start + 1 : 0) : gap.start + 1
      const most = isStart ? gap.end - 1 : after ? after.end - 1 : editing.length
      const [from, to] = [gap[side], Math.min(most, Math.max(least, frame))]
      const grows = isStart ? to < from : to > from
      const group = `${side} ${isStart ? gap.end : gap.start}`
      editing.change([{ start: Math.min(from, to), end: Math.max(from, to), kept: !grows }], group)
      return { ...gap, [side]: to }
    },

    /** Return the next doubtful place after a frame, or the one before it. @param {1 | -1} direction */
    placeFrom(frame, direction) {
      const places = doubtfulPlaces(editing)
      return direction > 0
        ? places.find((place) => place.frame > frame)
        : places.findLast((place) => place.frame < frame)
    },
  }
}
