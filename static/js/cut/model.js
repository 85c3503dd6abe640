// The editing of a cut, pure: which spans of the source are kept, changes of that, undo and redo.
//
// Times are frames of the plan's grid; spans are half open. Nothing here touches the page.

/**
 * @typedef {{ start: number, end: number }} Span
 * @typedef {{ start: number, end: number, kept: boolean }} Change
 * @typedef {Span & { reason: string, text: string, keptInstead: string | null, base: number | null }} Dropped
 *   `base`: the index of the span in the plan, null for one by hand
 * @typedef {{ text: string, start: number, end: number, confidence: number | null, kind: string }} Word
 *   `start` and `end` in frames, with fractions
 * @typedef {{ changes: [number, number, boolean][][], done: number }} Record every change, and how many are in force
 */

const AUDIO_RATE = 1000 // of the grid of assets without a picture, as in the contract

/** Return the frames a second of a plan. @param {{ frame_rate: string | null }} plan */
export function rateOf({ frame_rate: given }) {
  if (given === null) return AUDIO_RATE
  const [frames, seconds = 1] = given.split("/").map(Number)
  return frames / seconds
}

/** Return the first index for which `isAfter` is true, in an array where it is false, then true. */
export function lowerBound(array, isAfter) {
  let [low, high] = [0, array.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isAfter(array[middle])) high = middle
    else low = middle + 1
  }
  return low
}

/** The plan of a cut while it is edited. */
export class Editing {
  /** @type {Span[]} kept spans in order, never touching each other; replaced, never changed in place */
  kept
  #done = []
  #undone = []

  /** @param {any} plan the `json` export of a cut @param {Record | null} [record] changes to make again */
  constructor(plan, record = null) {
    this.rate = rateOf(plan)
    const frame = (seconds) => Math.round(seconds * this.rate)
    this.length = frame(plan.duration_seconds)
    this.offset = plan.source_offset
    this.kept = plan.segments.map(({ start_frame: start, end_frame: end }) => ({ start, end }))
    /** @type {Dropped[]} */
    this.dropped = plan.dropped.map(({ start, end, reason, text, kept_instead: keptInstead }, base) => ({
      start: frame(start),
      end: frame(end),
      reason,
      text,
      keptInstead,
      base,
    }))
    this.suggestions = plan.suggestions.map((each) => ({ ...each, start: frame(each.start), end: frame(each.end) }))
    /** @type {Word[]} */
    this.words = plan.words
      .map((word) => ({ ...word, start: word.start * this.rate, end: word.end * this.rate }))
      .sort((one, other) => one.start + one.end - other.start - other.end)
    /** As the plan has it. */
    this.original = this.kept
    if (record) this.#replay(record)
  }

  get canUndo() {
    return this.#done.length > 0
  }

  get canRedo() {
    return this.#undone.length > 0
  }

  get keptFrames() {
    return this.kept.reduce((sum, { start, end }) => sum + end - start, 0)
  }

  /** True if saving would give another plan. */
  get isChanged() {
    const { kept, original } = this
    return original.length !== kept.length || original.some((span, index) => !same(span, kept[index]))
  }

  /** @param {number} frame */
  isKept(frame) {
    const index = this.segmentAt(frame)
    return index < this.kept.length && this.kept[index].start <= frame
  }

  /** Return the index of the kept span that holds a frame, or of the next one. @param {number} frame */
  segmentAt(frame) {
    return lowerBound(this.kept, ({ end }) => end > frame)
  }

  /**
   * Keep and drop ranges, as one step of undo. A change of the same `group` as the last one belongs to its step.
   *
   * @param {Change[]} changes @param {string} [group]
   * @returns {boolean} whether anything changed
   */
  change(changes, group) {
    const steps = []
    for (const change of changes) {
      const step = stepOf(this.kept, this.#within(change))
      if (!step) continue
      this.kept = done(this.kept, step)
      steps.push(step)
    }
    if (!steps.length) return false
    const last = this.#done.at(-1)
    if (group && last?.group === group && !this.#undone.length) last.steps.push(...steps)
    else this.#done.push({ steps, group })
    this.#undone = []
    return true
  }

  undo() {
    const entry = this.#done.pop()
    if (!entry) return false
    this.kept = entry.steps.reduceRight(undone, this.kept)
    this.#undone.push(entry)
    return true
  }

  redo() {
    const entry = this.#undone.pop()
    if (!entry) return false
    this.kept = entry.steps.reduce(done, this.kept)
    this.#done.push({ steps: entry.steps })
    return true
  }

  /** Return every change, for `new Editing(plan, record)`. @returns {Record} */
  record() {
    const all = [...this.#done, ...this.#undone.toReversed()]
    return {
      changes: all.map(({ steps }) => steps.map(({ start, end, kept }) => [start, end, kept])),
      done: this.#done.length,
    }
  }

  /** Return the segments to save, in seconds with the six decimals of the export. */
  segments() {
    const seconds = (frame) => Number((frame / this.rate).toFixed(6))
    return this.kept.map(({ start, end }) => ({ start: seconds(start), end: seconds(end) }))
  }

  #within({ start, end, kept }) {
    return { start: Math.max(0, Math.round(start)), end: Math.min(this.length, Math.round(end)), kept }
  }

  #replay({ changes, done: count }) {
    for (const each of changes) this.change(each.map(([start, end, kept]) => ({ start, end, kept })))
    for (let index = this.#done.length; index > count; index--) this.undo()
  }
}

/** Return what a change takes out of the kept spans and what it puts there; null if it changes nothing. */
function stepOf(kept, { start, end, kept: isKept }) {
  if (end <= start) return null
  // Kept spans that touch become one, so a kept range takes in those that end or begin at it.
  const at = lowerBound(kept, (span) => (isKept ? span.end >= start : span.end > start))
  const after = lowerBound(kept, (span) => (isKept ? span.start > end : span.start >= end))
  const removed = kept.slice(at, after)
  const first = removed.length ? Math.min(start, removed[0].start) : start
  const last = removed.length ? Math.max(end, removed.at(-1).end) : end
  const added = isKept
    ? [{ start: first, end: last }]
    : [
        { start: first, end: start },
        { start: end, end: last },
      ].filter((span) => span.end > span.start)
  if (added.length === removed.length && added.every((span, index) => same(span, removed[index]))) return null
  return { start, end, kept: isKept, at, removed, added }
}

function same(one, other) {
  return one.start === other.start && one.end === other.end
}

function done(kept, { at, removed, added }) {
  return [...kept.slice(0, at), ...added, ...kept.slice(at + removed.length)]
}

function undone(kept, { at, removed, added }) {
  return [...kept.slice(0, at), ...removed, ...kept.slice(at + added.length)]
}
