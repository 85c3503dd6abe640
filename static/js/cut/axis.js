// The axis of the waveform: how far it is zoomed, where it is scrolled to, and which frame is where.

const CLOSEST = 400 // pixels a second
const STEP = 1.5

export class Axis {
  /** Pixels a second; zero until the waveform has a width. */
  scale = 0
  #isFitted = true

  /**
   * @param {import("./model.js").Editing} editing
   * @param {HTMLElement} scroller @param {HTMLElement} space in it, as wide as the whole
   * @param {() => void} onzoom
   */
  constructor(editing, scroller, space, onzoom) {
    this.rate = editing.rate
    this.seconds = editing.length / editing.rate
    this.scroller = scroller
    this.space = space
    this.onzoom = onzoom
  }

  /** The seconds at the left edge. */
  get left() {
    return this.scroller.scrollLeft / this.scale
  }

  /** Return the pixels from the start to a frame. */
  x(frame) {
    return (frame / this.rate) * this.scale
  }

  /** Return the frame under a pointer. @param {MouseEvent} event */
  frameAt({ clientX }) {
    return ((clientX - this.space.getBoundingClientRect().left) / this.scale) * this.rate
  }

  /** Zoom in and out, around a frame if it is in view. */
  zoomIn(frame) {
    this.zoomBy(STEP, this.#anchorAt(frame))
  }

  zoomOut(frame) {
    this.zoomBy(1 / STEP, this.#anchorAt(frame))
  }

  /** @param {number} factor @param {number} [anchor] pixels from the left edge, which stay where they are */
  zoomBy(factor, anchor) {
    this.#zoom(this.scale * factor, anchor)
  }

  /** Fill the width after it has changed, if it was filled before. */
  resize() {
    if (this.scroller.clientWidth) this.#zoom(this.#isFitted ? 0 : this.scale)
  }

  /** Scroll to a frame that is out of view. */
  reveal(frame) {
    const { clientWidth, scrollLeft } = this.scroller
    const at = this.x(frame) - scrollLeft
    if (at < 0 || at > clientWidth) this.scroller.scrollLeft = this.x(frame) - clientWidth * 0.1
  }

  #anchorAt(frame) {
    const anchor = this.x(frame) - this.scroller.scrollLeft
    return anchor >= 0 && anchor <= this.scroller.clientWidth ? anchor : undefined
  }

  #zoom(scale, anchor = this.scroller.clientWidth / 2) {
    const at = this.scale ? this.left + anchor / this.scale : 0
    const fitting = this.scroller.clientWidth / this.seconds
    this.#isFitted = scale <= fitting
    this.scale = Math.min(CLOSEST, Math.max(fitting, scale))
    this.space.style.setProperty("width", `${Math.max(1, Math.floor(this.scale * this.seconds))}px`)
    this.scroller.scrollLeft = at * this.scale - anchor
    this.onzoom()
  }
}
