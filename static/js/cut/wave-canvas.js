// The picture of the waveform: levels, kept and dropped apart, dropped spans tinted by their reasons, times.

import { lowerBound } from "./model.js"
import { clock, strings } from "./strings.js"

const RULER = 18 // pixels of the times above
const MARKS = [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600] // seconds between times
const MARK_WIDTH = 80 // pixels at least between times
const HIGHEST = 128

/**
 * @typedef {{ context: CanvasRenderingContext2D, width: number, height: number, ratio: number, left: number,
 *   scale: number, rate: number, colors: ReturnType<typeof readColors> }} View
 *   `width` and `height` in pixels, each `ratio` of the screen; `left` the seconds at the left edge; `scale` pixels a
 *   second; `rate` frames a second
 */

/**
 * Draw what is in view.
 *
 * @param {View} view
 * @param {{ dropped: import("./model.js").Dropped[], kept: import("./model.js").Span[],
 *   levels: import("./levels.js").Levels | null }} content
 */
export function drawWave(view, { dropped, kept, levels }) {
  const { context, width, height } = view
  context.clearRect(0, 0, width, height)
  shade(view, dropped)
  if (levels) drawLevels(view, levels, kept)
  drawTimes(view)
}

/**
 * Make a canvas as large as its frame, and return how to draw on it.
 *
 * @param {HTMLCanvasElement} canvas @param {HTMLElement} frame
 */
export function sized(canvas, frame) {
  const [width, height, ratio] = [frame.clientWidth, frame.clientHeight, devicePixelRatio]
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)]
  // Even the same size would clear it.
  if (canvas.width !== wide) canvas.width = wide
  if (canvas.height !== high) canvas.height = high
  const context = canvas.getContext("2d")
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  return { context, width, height, ratio }
}

function drawLevels({ context, width, height, left, scale, rate, colors, ratio }, levels, kept) {
  const middle = RULER + (height - RULER) / 2
  const reach = (height - RULER) / 2 - 2
  const step = 1 / ratio
  const gain = 1.25
  let segment = lowerBound(kept, ({ end }) => end > left * rate)
  const paths = { kept: new Path2D(), dropped: new Path2D() }
  for (let at = 0; at < width; at += step) {
    const time = left + at / scale
    const frame = time * rate
    while (segment < kept.length && kept[segment].end <= frame) segment += 1
    const isKept = segment < kept.length && kept[segment].start <= frame
    const [low, high] = extremes(levels, time, step / scale)
    const top = middle - Math.min(1, (high / HIGHEST) * gain) * reach
    const bottom = middle - Math.max(-1, (low / HIGHEST) * gain) * reach
    paths[isKept ? "kept" : "dropped"].rect(at, top, step, Math.max(1, bottom - top))
  }
  context.fillStyle = colors.dropped
  context.fill(paths.dropped)
  context.fillStyle = colors.kept
  context.fill(paths.kept)
}

function extremes({ levels, rate, offset, isPaired }, time, span) {
  const count = isPaired ? levels.length / 2 : levels.length
  const first = Math.max(0, Math.floor((time + offset) * rate))
  const last = Math.min(count, Math.max(first + 1, Math.floor((time + offset + span) * rate)))
  let [low, high] = [0, 0]
  for (let index = first; index < last; index++) {
    if (isPaired) {
      if (levels[2 * index] < low) low = levels[2 * index]
      if (levels[2 * index + 1] > high) high = levels[2 * index + 1]
    } else if (levels[index] / 2 > high) high = levels[index] / 2
  }
  return [isPaired ? low : -high, high]
}

/** Tint what is dropped, by its reason. */
function shade({ context, width, height, left, scale, rate, colors }, dropped) {
  const right = (left + width / scale) * rate
  for (let index = lowerBound(dropped, ({ end }) => end > left * rate); index < dropped.length; index++) {
    const { start, end, reason } = dropped[index]
    if (start >= right) break
    const [from, to] = [(start / rate - left) * scale, (end / rate - left) * scale]
    context.fillStyle = colors.reasons[reason] ?? colors.reasons.by_hand
    context.fillRect(from, RULER, Math.max(1, to - from), height - RULER)
  }
}

function drawTimes({ context, width, left, scale, colors }) {
  const every = MARKS.find((each) => each * scale >= MARK_WIDTH) ?? MARKS.at(-1)
  context.fillStyle = colors.time
  context.font = colors.font
  context.textBaseline = "middle"
  for (let time = Math.ceil(left / every) * every; time < left + width / scale; time += every) {
    const at = Math.round((time - left) * scale)
    context.fillRect(at, RULER - 5, 1, 5)
    context.fillText(every < 1 ? clock(time) : clock(time + 0.01).slice(0, -2), at + 4, RULER / 2)
  }
}

/** Return the colors of the theme. @param {HTMLElement} node */
export function readColors(node) {
  const style = getComputedStyle(node.querySelector(".wave-scroll"))
  const color = (value) => {
    // The browser resolves light-dark() and color-mix() for properties, not for custom ones.
    node.style.setProperty("outline-color", value)
    return getComputedStyle(node).outlineColor
  }
  const tint = (name) => color(`color-mix(in srgb, var(--reason-${name}) ${name === "pause" ? 10 : 18}%, transparent)`)
  const found = {
    kept: color("var(--wave-kept)"),
    dropped: color("var(--wave-dropped)"),
    time: color("var(--text-3)"),
    reasons: Object.fromEntries(Object.keys(strings.reasons).map((name) => [name, tint(name)])),
    font: `${style.fontSize} ${style.fontFamily}`,
  }
  node.style.removeProperty("outline-color")
  return found
}
