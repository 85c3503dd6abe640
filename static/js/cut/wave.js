// The waveform over the whole: kept and dropped shaded, zoom, scroll, playhead, handles at the edges of a dropped span.

import { h, setText } from "../core/dom.js"
import { theme } from "../core/theme.js"
import { readWaveform } from "../ui/waveform.js"
import { lowerBound } from "./model.js"
import { PEAKS_RATE, Peaks } from "./peaks.js"
import { clock, strings } from "./strings.js"

const text = strings.wave
const RULER = 18 // pixels of the times above
const CLOSEST = 400 // pixels a second
const ZOOM = 1.5
const DETAILED = 1200 // seconds in view, above which the coarse waveform is drawn
const MARKS = [0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600] // seconds between times
const MARK_WIDTH = 80 // pixels at least between times
const HIGHEST = 128

/**
 * @param {import("../api/resources.js").Asset} asset
 * @param {import("./model.js").Editing} editing
 * @param {{ seek: (frame: number) => void, moveEdge: (side: "start" | "end", frame: number) => void }} actions
 * @param {AbortSignal} signal
 */
export function waveView(asset, editing, { seek, moveEdge }, signal) {
  const seconds = editing.length / editing.rate
  const canvas = h("canvas.wave-canvas", { "aria-hidden": "true" })
  const head = h("div.wave-head")
  const range = h("div.wave-range", { hidden: true })
  const handles = { start: handle("start"), end: handle("end") }
  const space = h("div.wave-space", {}, canvas, range, head, handles.start, handles.end)
  const scroller = h("div.wave-scroll", { tabindex: 0, role: "group", "aria-label": text.scroll }, space)
  const note = h("p.wave-note")
  const node = h("section.wave", { "aria-label": text.label }, scroller, note)

  const peaks = new Peaks(asset, () => redraw(), signal)
  let coarse = null
  if (asset.waveform_url) {
    readWaveform(asset.id, asset.waveform_url).then(
      (given) => ((coarse = given), redraw()),
      () => {},
    )
  }
  let dropped = []
  let span = null
  let scale = 0 // pixels a second
  let colors = null
  let position = 0

  const x = (frame) => (frame / editing.rate) * scale
  const frameAt = (event) => ((event.clientX - space.getBoundingClientRect().left) / scale) * editing.rate
  const fitting = () => scroller.clientWidth / seconds

  const zoom = (next, anchor = scroller.clientWidth / 2) => {
    const at = (scroller.scrollLeft + anchor) / scale
    scale = Math.min(CLOSEST, Math.max(fitting(), next))
    space.style.setProperty("width", `${Math.max(1, Math.floor(scale * seconds))}px`)
    scroller.scrollLeft = at * scale - anchor
    place()
    redraw()
  }

  /** Zoom, around the playhead if it is in view. */
  const zoomBy = (factor) => {
    const anchor = x(position) - scroller.scrollLeft
    zoom(scale * factor, anchor >= 0 && anchor <= scroller.clientWidth ? anchor : undefined)
  }

  const place = () => {
    head.style.setProperty("transform", `translateX(${x(position)}px)`)
    for (const [side, element] of Object.entries(handles)) {
      element.hidden = !span?.isGap
      if (!span?.isGap) continue
      element.style.setProperty("left", `${x(span[side])}px`)
      element.setAttribute("aria-valuenow", String(span[side]))
      element.setAttribute("aria-valuetext", text.at(span[side] / editing.rate, span[side]))
    }
    range.hidden = !span || span.isGap
    if (!range.hidden) {
      range.style.setProperty("left", `${x(span.start)}px`)
      range.style.setProperty("width", `${Math.max(1, x(span.end) - x(span.start))}px`)
    }
  }

  let isDrawing = false
  const redraw = () => {
    if (isDrawing) return
    isDrawing = true
    requestAnimationFrame(() => {
      isDrawing = false
      if (!signal.aborted && canvas.isConnected) draw()
    })
  }

  const draw = () => {
    const [width, height] = [scroller.clientWidth, scroller.clientHeight]
    const ratio = devicePixelRatio
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio)
      canvas.height = Math.round(height * ratio)
    }
    colors ??= readColors(node)
    const context = canvas.getContext("2d")
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const left = scroller.scrollLeft / scale
    const view = { context, width, height, left, scale, rate: editing.rate, colors, ratio }
    shade(view, dropped)
    const levels = levelsFor(view, peaks, coarse, editing.offset)
    if (levels) drawLevels(view, levels, editing.kept)
    drawTimes(view)
    setText(note, levels || peaks.state === "reading" ? "" : peaks.state === "none" ? text.silent : text.measuring)
  }

  const show = (frame, follow) => {
    position = frame
    head.style.setProperty("transform", `translateX(${x(frame)}px)`)
    if (!follow) return
    const at = x(frame) - scroller.scrollLeft
    if (at < 0 || at > scroller.clientWidth) scroller.scrollLeft = x(frame) - scroller.clientWidth * 0.1
  }

  scroller.addEventListener("scroll", redraw, { passive: true })
  scroller.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return
      event.preventDefault()
      const anchor = event.clientX - scroller.getBoundingClientRect().left
      zoom(scale * Math.exp(-event.deltaY / 200), anchor)
    },
    { passive: false },
  )
  seekByPointer(space, frameAt, seek)
  pinch(scroller, (factor, anchor) => zoom(scale * factor, anchor))
  for (const [side, element] of Object.entries(handles)) {
    element.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key]
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      moveEdge(side, span[side] + by * (event.shiftKey ? 10 : 1))
    })
    element.addEventListener("pointerdown", (event) => {
      event.stopPropagation()
      element.setPointerCapture(event.pointerId)
    })
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) moveEdge(side, Math.round(frameAt(event)))
    })
  }

  let fits = true
  new ResizeObserver(() => {
    if (signal.aborted || !scroller.clientWidth) return
    zoom(fits || !scale ? 0 : scale)
  }).observe(scroller)
  const recolor = () => ((colors = null), redraw())
  theme.watch(recolor, signal)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor, { signal })

  return {
    node,
    show,
    update(next) {
      dropped = next
      redraw()
    },
    /** Mark a span: a gap between kept spans has handles, a range is only shaded. */
    mark(next) {
      span = next
      place()
    },
    focusEdge: (side) => span?.isGap && handles[side].focus(),
    zoomIn: () => ((fits = false), zoomBy(ZOOM)),
    zoomOut: () => ((fits = scale / ZOOM <= fitting()), zoomBy(1 / ZOOM)),
  }

  function handle(side) {
    const most = { "aria-valuemin": 0, "aria-valuemax": editing.length, "aria-valuenow": 0 }
    return h("div.wave-handle", { class: `is-${side}`, role: "slider", tabindex: 0, "aria-label": text[side], ...most })
  }
}

/** Return `{ at(time, span) }`, the lowest and highest level from a time on, as well as it is known now; or null. */
function levelsFor({ left, width, scale }, peaks, coarse, offset) {
  const [from, to] = [left + offset, left + offset + width / scale]
  const isClose = to - from < DETAILED
  if ((isClose || !coarse?.peaks.length) && peaks.has(Math.floor(from * PEAKS_RATE), Math.ceil(to * PEAKS_RATE))) {
    return { levels: peaks.levels, rate: PEAKS_RATE, offset, isPaired: true }
  }
  if (!coarse?.peaks.length) return null
  return { levels: coarse.peaks, rate: (1000 * coarse.peaks.length) / coarse.duration_ms, offset, isPaired: false }
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

function readColors(node) {
  const style = getComputedStyle(node.querySelector(".wave-scroll"))
  const color = (value) => {
    // The browser resolves light-dark() and color-mix() for properties, not for custom ones.
    node.style.setProperty("outline-color", value)
    return getComputedStyle(node).outlineColor
  }
  const reasons = Object.fromEntries(Object.keys(strings.reasons).map((name) => [name, color(`color-mix(in srgb, var(--reason-${name}) ${name === "pause" ? 10 : 18}%, transparent)`)]))
  const found = { kept: color("var(--wave-kept)"), dropped: color("var(--wave-dropped)"), time: color("var(--text-3)"), reasons }
  node.style.removeProperty("outline-color")
  return { ...found, font: `${style.fontSize} ${style.fontFamily}` }
}

function seekByPointer(space, frameAt, seek) {
  space.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return
    space.setPointerCapture(event.pointerId)
    seek(frameAt(event))
  })
  space.addEventListener("pointermove", (event) => {
    if (space.hasPointerCapture(event.pointerId)) seek(frameAt(event))
  })
  // By touch a drag scrolls, so only a tap seeks.
  space.addEventListener("click", (event) => event.pointerType === "touch" && seek(frameAt(event)))
}

/** Call `onzoom` while two fingers move apart or together. */
function pinch(element, onzoom) {
  const fingers = new Map()
  let before = 0
  const measure = () => {
    const [one, other] = [...fingers.values()]
    return Math.abs(one - other) || 1
  }
  element.addEventListener("pointerdown", ({ pointerType, pointerId, clientX }) => {
    if (pointerType !== "touch") return
    fingers.set(pointerId, clientX)
    if (fingers.size === 2) before = measure()
  })
  element.addEventListener("pointermove", ({ pointerId, clientX }) => {
    if (!fingers.has(pointerId)) return
    fingers.set(pointerId, clientX)
    if (fingers.size !== 2) return
    const [one, other] = [...fingers.values()]
    onzoom(measure() / before, (one + other) / 2 - element.getBoundingClientRect().left)
    before = measure()
  })
  for (const end of ["pointerup", "pointercancel"]) {
    element.addEventListener(end, ({ pointerId }) => fingers.delete(pointerId))
  }
}
