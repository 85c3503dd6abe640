// Seeking, zooming and moving edges in the waveform: by mouse, touch and wheel.

const WHEEL = 200 // pixels of a wheel that zoom by e
const FAR = 10 // frames of an arrow key with Shift

/**
 * @param {HTMLElement} space as wide as the whole waveform
 * @param {(event: PointerEvent) => number} frameAt
 * @param {(frame: number) => void} seek
 */
export function seekByPointer(space, frameAt, seek) {
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

/**
 * Zoom by two fingers, and by a wheel with Ctrl, as which browsers report pinches on touchpads.
 *
 * @param {HTMLElement} element
 * @param {(factor: number, anchor: number) => void} onzoom `anchor`: pixels from the left edge, which stay there
 */
export function zoomByGestures(element, onzoom) {
  wheel(element, onzoom)
  pinch(element, onzoom)
}

/**
 * Move an edge by dragging its handle or by arrow keys.
 *
 * @param {HTMLElement} handle
 * @param {{ frameAt: (event: PointerEvent) => number, moveTo: (frame: number) => void,
 *   moveBy: (frames: number) => void }} edge
 */
export function moveByHandle(handle, { frameAt, moveTo, moveBy }) {
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key]
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    moveBy(by * (event.shiftKey ? FAR : 1))
  })
  handle.addEventListener("pointerdown", (event) => {
    event.stopPropagation()
    handle.setPointerCapture(event.pointerId)
  })
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) moveTo(Math.round(frameAt(event)))
  })
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

function wheel(element, onzoom) {
  const zoom = (event) => {
    if (!event.ctrlKey) return
    event.preventDefault()
    onzoom(Math.exp(-event.deltaY / WHEEL), event.clientX - element.getBoundingClientRect().left)
  }
  element.addEventListener("wheel", zoom, { passive: false })
}
