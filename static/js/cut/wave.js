// The waveform over the whole: kept and dropped shaded, zoom, scroll, playhead, handles at the edges of a dropped span.

import { h, setText } from "../core/dom.js"
import { theme } from "../core/theme.js"
import { Axis } from "./axis.js"
import { levelsOf } from "./levels.js"
import { strings } from "./strings.js"
import { drawWave, readColors, sized } from "./wave-canvas.js"
import { moveByHandle, seekByPointer, zoomByGestures } from "./wave-gestures.js"

const text = strings.wave

/**
 * @param {import("../api/resources.js").Asset} asset
 * @param {import("./model.js").Editing} editing
 * @param {{ seek: (frame: number) => void, moveEdge: (side: "start" | "end", frame: number) => void }} actions
 * @param {AbortSignal} signal
 */
export function waveView(asset, editing, { seek, moveEdge }, signal) {
  const parts = partsOf(editing)
  const { node, scroller, space, handles } = parts
  const axis = new Axis(editing, scroller, space, () => (marks.place(), picture.redraw()))
  const marks = marksOf(parts, axis)
  const picture = pictureOf(asset, editing, parts, axis, signal)

  seekByPointer(space, (event) => axis.frameAt(event), seek)
  zoomByGestures(scroller, (factor, anchor) => axis.zoomBy(factor, anchor))
  for (const [side, handle] of Object.entries(handles)) {
    moveByHandle(handle, {
      frameAt: (event) => axis.frameAt(event),
      moveTo: (frame) => moveEdge(side, frame),
      moveBy: (frames) => moveEdge(side, marks.span[side] + frames),
    })
  }
  scroller.addEventListener("scroll", picture.redraw, { passive: true })
  new ResizeObserver(() => signal.aborted || axis.resize()).observe(scroller)
  return {
    node,
    /** Show the frame that is played; `follow`: scroll to it. */
    show(frame, follow) {
      marks.setHead(frame)
      if (follow) axis.reveal(frame)
    },
    update: picture.update,
    mark: marks.mark,
    focusEdge: (side) => marks.span?.isGap && handles[side].focus(),
    zoomIn: () => axis.zoomIn(marks.head),
    zoomOut: () => axis.zoomOut(marks.head),
  }
}

function partsOf({ length }) {
  const handle = (side) => {
    const range = { "aria-valuemin": 0, "aria-valuemax": length, "aria-valuenow": 0 }
    const slider = { role: "slider", tabindex: 0, "aria-label": text[side], ...range }
    return h("div.wave-handle", { class: `is-${side}`, ...slider })
  }
  const canvas = h("canvas.wave-canvas", { "aria-hidden": "true" })
  const head = h("div.wave-head")
  const range = h("div.wave-range", { hidden: true })
  const handles = { start: handle("start"), end: handle("end") }
  const space = h("div.wave-space", {}, canvas, range, head, handles.start, handles.end)
  const scroller = h("div.wave-scroll", { tabindex: 0, role: "group", "aria-label": text.scroll }, space)
  const note = h("p.wave-note")
  const node = h("section.wave", { "aria-label": text.label }, scroller, note)
  return { node, scroller, space, canvas, head, range, handles, note }
}

/** The marks above the picture: the playhead, and a span, which has handles if it is a gap between kept spans. */
function marksOf({ head, range, handles }, axis) {
  const left = (element, frame) => element.style.setProperty("left", `${axis.x(frame)}px`)
  const marks = {
    head: 0,
    /** @type {{ start: number, end: number, isGap: boolean } | null} */
    span: null,
    setHead(frame) {
      marks.head = frame
      head.style.setProperty("transform", `translateX(${axis.x(frame)}px)`)
    },
    mark(span) {
      marks.span = span
      marks.place()
    },
    place() {
      const { span } = marks
      marks.setHead(marks.head)
      for (const [side, handle] of Object.entries(handles)) {
        handle.hidden = !span?.isGap
        if (handle.hidden) continue
        left(handle, span[side])
        handle.setAttribute("aria-valuenow", String(span[side]))
        handle.setAttribute("aria-valuetext", text.at(span[side] / axis.rate, span[side]))
      }
      range.hidden = !span || span.isGap
      if (range.hidden) return
      left(range, span.start)
      range.style.setProperty("width", `${Math.max(1, axis.x(span.end) - axis.x(span.start))}px`)
    },
  }
  return marks
}

/** The picture of what is in view, drawn at most once a frame of the screen. */
function pictureOf(asset, editing, { node, scroller, canvas, note }, axis, signal) {
  /** @type {import("./model.js").Dropped[]} */
  let dropped = []
  let colors = null
  let isPlanned = false
  const draw = () => {
    if (!axis.scale) return
    colors ??= readColors(node)
    const { left, scale, rate } = axis
    const view = { ...sized(canvas, scroller), left, scale, rate, colors }
    const known = levels.between(left, left + view.width / scale)
    drawWave(view, { dropped, kept: editing.kept, levels: known })
    setText(note, known ? "" : levels.note)
  }
  const redraw = () => {
    if (isPlanned) return
    isPlanned = true
    requestAnimationFrame(() => {
      isPlanned = false
      if (!signal.aborted && canvas.isConnected) draw()
    })
  }
  const levels = levelsOf(asset, editing.offset, redraw, signal)
  const recolor = () => ((colors = null), redraw())
  theme.watch(recolor, signal)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor, { signal })
  const update = (next) => {
    dropped = next
    redraw()
  }
  return { redraw, update }
}
