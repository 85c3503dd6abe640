// What follows from a plan while it is edited, pure: dropped spans with reasons, words, sentences, figures.

import { lowerBound } from "./model.js"

/** @typedef {import("./model.js").Editing} Editing @typedef {import("./model.js").Dropped} Dropped */

const AROUND_WORD = 0.04 // seconds kept or dropped around a word, at most half of the quiet
const SENTENCE_PAUSE = 0.6 // seconds between words that end a sentence
const SENTENCE_END = /[.!?…。！？]["'”’»)]*$/
const PARAGRAPH_PAUSE = 2.5
const PARAGRAPH = { least: 35, most: 90 } // words
const UNSURE = 0.35 // confidence
const SAME_PLACE = 0.5 // seconds within which one look is enough

/** Return the dropped spans: those of the plan with their reasons, others by hand. @returns {Dropped[]} */
export function droppedSpans({ kept, dropped, length }) {
  const found = []
  const byHand = (start, end) => end > start && found.push({ ...BY_HAND, start, end })
  let reached = 0
  let position = 0
  for (const { start: until, end } of [...kept, { start: length, end: length }]) {
    while (position < dropped.length && dropped[position].end <= reached) position += 1
    for (let next = position; next < dropped.length && dropped[next].start < until; next++) {
      const span = dropped[next]
      const [start, last] = [Math.max(span.start, reached), Math.min(span.end, until)]
      byHand(reached, start)
      found.push({ ...span, start, end: last })
      reached = last
    }
    byHand(reached, until)
    reached = end
  }
  return found
}

const BY_HAND = { reason: "by_hand", text: "", keptInstead: null, base: null }

/** Return the middle of a word, by which it is kept or dropped. */
export function middleOf(word) {
  return (word.start + word.end) / 2
}

/** Return the index of the word at a frame, or of the next one. @param {Editing} editing */
export function wordAt({ words }, frame) {
  return Math.min(words.length - 1, lowerBound(words, (word) => word.end > frame))
}

/** Return the span of words `first` to `last`, with a little of the quiet around them. @param {Editing} editing */
export function spanOfWords({ words, rate, length }, first, last) {
  const around = AROUND_WORD * rate
  const before = first ? words[first - 1].end : 0
  const after = last + 1 < words.length ? words[last + 1].start : length
  const half = (quiet) => Math.max(0, Math.min(around, quiet / 2))
  return {
    start: Math.round(words[first].start - half(words[first].start - before)),
    end: Math.round(words[last].end + half(after - words[last].end)),
  }
}

/** Return whether all words of a range are dropped. @param {Editing} editing */
export function areDropped(editing, first, last) {
  for (let index = first; index <= last; index++) {
    if (editing.isKept(middleOf(editing.words[index]))) return false
  }
  return true
}

/**
 * Return the changes that drop words, or bring them back if all are dropped.
 *
 * Dropped words take the quiet after them along, so that the joint sounds like the pause before them; pauses that the
 * plan shortened stay short.
 *
 * @param {Editing} editing
 */
export function toggleWords(editing, first, last) {
  const { words, rate } = editing
  if (!areDropped(editing, first, last)) {
    const span = withAir(editing, editing.kept, first, last)
    const next = words[last + 1]
    const quiet = next && editing.isKept(span.end) ? Math.round(next.start - AROUND_WORD * rate) : span.end
    const isShort = quiet > span.end && quiet - span.end < SENTENCE_PAUSE * rate
    return [{ start: span.start, end: isShort ? quiet : span.end, kept: false }]
  }
  const span = withAir(editing, editing.original, first, last)
  const pauses = editing.dropped.filter(
    ({ reason, start, end }) => reason === "pause" && start > span.start && end < span.end,
  )
  return [{ ...span, kept: true }, ...pauses.map(({ start, end }) => ({ start, end, kept: false }))]
}

/** Return the span of words, with all of the quiet that a kept span has before its first and after its last word. */
function withAir(editing, kept, first, last) {
  const { words } = editing
  const { start, end } = spanOfWords(editing, first, last)
  const holding = (word) => {
    const found = kept[lowerBound(kept, (each) => each.end > middleOf(word))]
    return found && found.start <= middleOf(word) ? found : null
  }
  const [begun, ended] = [holding(words[first]), holding(words[last])]
  const isFirst = begun && (first === 0 || middleOf(words[first - 1]) < begun.start)
  const isLast = ended && (last + 1 === words.length || middleOf(words[last + 1]) >= ended.end)
  return { start: isFirst ? begun.start : start, end: isLast ? ended.end : end }
}

/** Return the first and last word of the sentence at a frame. @param {Editing} editing */
export function sentenceAt(editing, frame) {
  const { words, rate } = editing
  const ends = (index) =>
    SENTENCE_END.test(words[index].text) || words[index + 1].start - words[index].end > SENTENCE_PAUSE * rate
  let first = wordAt(editing, frame)
  let last = first
  while (first > 0 && !ends(first - 1)) first -= 1
  while (last + 1 < words.length && !ends(last)) last += 1
  return [first, last]
}

/** Return the paragraphs as `[first, last]` words: broken at sentences and long pauses. @param {Editing} editing */
export function paragraphs({ words, rate }) {
  const found = []
  let first = 0
  for (let index = 0; index < words.length; index++) {
    const next = words[index + 1]
    const size = index - first + 1
    const pause = next ? (next.start - words[index].end) / rate : Infinity
    const isEnd = pause > SENTENCE_PAUSE || SENTENCE_END.test(words[index].text)
    if (pause > PARAGRAPH_PAUSE || (size >= PARAGRAPH.least && isEnd) || size >= PARAGRAPH.most) {
      found.push([first, index])
      first = index + 1
    }
  }
  return found
}

/** Return the places that deserve a look, in order: suggestions, words hardly understood, joints. */
export function doubtfulPlaces({ suggestions, words, kept, rate }) {
  const places = [
    ...suggestions.map(({ start }) => ({ frame: start, kind: "suggestion" })),
    ...words.filter(isUnsure).map(({ start }) => ({ frame: Math.floor(start), kind: "unsure" })),
    ...kept.slice(1).map(({ start }) => ({ frame: start, kind: "joint" })),
  ]
  const found = []
  for (const place of places.sort((one, other) => one.frame - other.frame)) {
    if (!found.length || place.frame - found.at(-1).frame >= SAME_PLACE * rate) found.push(place)
  }
  return found
}

/** Return whether a word was hardly understood. */
export function isUnsure(word) {
  return word.confidence !== null && word.confidence < UNSURE
}

/** Return the frames kept, the joints, and frames and number of dropped spans by reason, the largest first. */
export function figures(editing, dropped = droppedSpans(editing)) {
  const reasons = new Map()
  for (const { reason, start, end } of dropped) {
    const known = reasons.get(reason) ?? { reason, frames: 0, count: 0 }
    known.frames += end - start
    known.count += 1
    reasons.set(reason, known)
  }
  return {
    kept: editing.keptFrames,
    joints: Math.max(0, editing.kept.length - 1),
    reasons: [...reasons.values()].sort((one, other) => other.frames - one.frames),
  }
}

/** Return the frames kept before a frame: the place in the cut. @param {Editing} editing */
export function placeInCut({ kept }, frame) {
  let place = 0
  for (const { start, end } of kept) {
    if (start >= frame) break
    place += Math.min(end, frame) - start
  }
  return place
}

/** Return the frame of the source at a place in the cut. @param {Editing} editing */
export function frameAt({ kept }, place) {
  let left = Math.max(0, place)
  for (const { start, end } of kept) {
    if (left < end - start) return start + left
    left -= end - start
  }
  return kept.at(-1)?.end ?? 0
}
