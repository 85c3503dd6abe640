// Playing the cut from the source: two media elements take turns, the second waits at the next joint.

import { h } from "../core/dom.js"
import { keepAddressFresh } from "../ui/player.js"
import { addressOf, proxyMade, proxyOf } from "./source.js"
import { strings } from "./strings.js"

const AHEAD = 0.4 // seconds before a joint at which the second element is made ready
const FIRST_LEAD = 30 // milliseconds from play() to the first sound, until it is measured
const INTO_FRAME = 0.25 // of a frame: browsers round times, and show the frame before otherwise
const POLL = 2 // milliseconds
const HAVE_FUTURE_DATA = 3

export class CutPlayer {
  /** "cut" plays the kept spans only, "source" everything. */
  mode = "cut"
  isPlaying = false
  #active
  #standby
  #target = null
  #prepared = null
  #turn = 0
  #crossing = false
  #lead = FIRST_LEAD
  #offset
  #isProxy = false
  #reload
  #notice = h("p.player-notice", { role: "status", hidden: true })

  /**
   * @param {import("../api/resources.js").Asset} asset @param {import("./model.js").Editing} editing
   * @param {() => void} onchange called with every frame while it plays, and when anything changed
   * @param {AbortSignal} signal
   */
  constructor(asset, editing, onchange, signal) {
    this.editing = editing
    this.onchange = onchange
    this.asset = asset
    this.signal = signal
    this.#offset = editing.offset
    const isVideo = asset.type === "video"
    const make = () => h(isVideo ? "video" : "audio", { preload: "auto", playsinline: true, tabindex: -1 })
    this.#active = make()
    this.#standby = make()
    this.elements = [this.#active, this.#standby]
    this.node = h("div.stage.cut-stage", { class: isVideo ? "" : "is-audio" }, this.elements, this.#notice)
    this.#active.classList.add("is-active")
    this.#reload = this.elements.map((element) => {
      const own = addressOf(asset, signal)
      const address = () => (this.#isProxy ? proxyOf(asset, signal) : own())
      return keepAddressFresh(element, address, () => this.#usesProxy(), signal)
    })
    for (const element of this.elements) {
      element.addEventListener("ended", () => element === this.#active && this.#end())
      element.addEventListener("timeupdate", () => this.#tick())
      element.addEventListener("seeked", () => element === this.#active && this.onchange())
      element.addEventListener("loadedmetadata", () => element === this.#active && this.#settle())
    }
    signal.addEventListener("abort", () => {
      this.pause()
      for (const element of this.elements) {
        element.removeAttribute("src")
        element.load()
      }
    })
  }

  /** The frame that is shown, with its fraction while it plays. */
  get frame() {
    return this.#target ?? this.#frameOf(this.#active)
  }

  get isMuted() {
    return this.#active.muted
  }

  set isMuted(isMuted) {
    for (const element of this.elements) element.muted = isMuted
    this.onchange()
  }

  get speed() {
    return this.#active.playbackRate
  }

  set speed(speed) {
    for (const element of this.elements) element.playbackRate = element.defaultPlaybackRate = speed
    this.onchange()
  }

  setMode(mode) {
    this.mode = mode
    this.#cancel()
    this.onchange()
  }

  seek(frame) {
    this.#cancel()
    this.#target = Math.max(0, Math.min(this.editing.length, Math.floor(frame)))
    this.#active.currentTime = this.#timeOf(this.#target)
    this.onchange()
  }

  async play() {
    if (this.mode === "cut") {
      const { kept } = this.editing
      if (!kept.length) return
      const segment = kept[this.editing.segmentAt(Math.ceil(this.frame))] ?? kept[0]
      if (this.frame < segment.start || this.frame >= segment.end) this.seek(segment.start)
    }
    this.isPlaying = true
    this.#follow()
    await this.#active.play().catch(() => this.pause())
  }

  pause() {
    this.isPlaying = false
    this.#cancel()
    this.#active.pause()
    this.onchange()
  }

  toggle() {
    if (this.isPlaying) this.pause()
    else this.play()
  }

  /** Go on with kept spans that have changed. */
  refresh() {
    this.#cancel()
    this.#tick()
  }

  #frameOf(element) {
    return Math.max(0, (element.currentTime - this.#offset) * this.editing.rate - INTO_FRAME)
  }

  #timeOf(frame) {
    return (frame + INTO_FRAME) / this.editing.rate + this.#offset
  }

  /** Play the proxy from now on: the browser cannot play the file itself. */
  async #usesProxy() {
    if (this.#isProxy) return this.#say(strings.player.cannotPlay)
    this.#isProxy = true
    this.#target = Math.floor(this.frame)
    try {
      const isMade = await proxyMade(this.asset, (message) => this.#say(message), this.signal)
      if (!isMade) return this.#say(strings.player.cannotPlay)
      this.#say("")
      // Its first picture is the first frame of the plan.
      this.#offset = 0
      for (const reload of this.#reload) reload()
    } catch (error) {
      if (error.name !== "AbortError") this.#say(error.message)
    }
  }

  #say(text) {
    this.#notice.textContent = text
    this.#notice.hidden = !text
  }

  /** Browsers forget a place that was sought before the media was loaded. */
  #settle() {
    // Sound without the picture: the browser knows the one and not the other.
    const isBlind = this.asset.type === "video" && this.#active.videoWidth === 0
    if (isBlind && !this.#isProxy) this.#usesProxy()
    if (this.#target) this.#active.currentTime = this.#timeOf(this.#target)
  }

  #follow() {
    const turn = ++this.#turn
    const step = () => {
      if (!this.isPlaying || turn !== this.#turn) return
      this.#tick()
      requestAnimationFrame(step)
    }
    step()
  }

  #tick() {
    if (this.isPlaying && !this.#active.seeking) this.#target = null
    if (this.isPlaying && this.mode === "cut" && !this.#crossing && !this.#active.seeking) this.#watchJoint()
    this.onchange()
  }

  #watchJoint() {
    const { kept, rate } = this.editing
    const frame = this.frame
    const index = this.editing.segmentAt(frame)
    const segment = kept[index]
    if (!segment) return this.#end()
    if (frame < segment.start - 1) return this.#cross(frame, segment.start)
    const left = (segment.end - frame) / rate / this.speed
    const next = kept[index + 1]
    if (next && left < AHEAD) this.#cross(segment.end, next.start)
    else if (next) this.#prepare(next.start)
    else if (left <= 1 / rate) this.#end()
  }

  /** Have the second element wait at a frame. */
  #prepare(frame) {
    if (this.#prepared === frame) return
    this.#prepared = frame
    this.#standby.pause()
    this.#standby.currentTime = this.#timeOf(frame)
  }

  /** Play on at frame `start` with the other element, as soon as this one reaches frame `end`. */
  async #cross(end, start) {
    this.#crossing = true
    const turn = ++this.#turn
    const [from, to] = [this.#active, this.#standby]
    const isOver = () => turn !== this.#turn || !this.isPlaying
    const left = () => (((end - this.#frameOf(from)) / this.editing.rate) * 1000) / this.speed
    this.#prepare(start)
    while (to.seeking || to.readyState < HAVE_FUTURE_DATA || left() > this.#lead) {
      if (isOver()) return
      if (left() <= 0) from.pause()
      this.onchange()
      await sleep(Math.max(POLL, Math.min(20, left() - this.#lead)))
    }
    if (isOver()) return
    const begun = performance.now()
    const from0 = to.currentTime
    to.play().catch(() => {})
    while (to.currentTime === from0) {
      if (left() <= 0) from.pause()
      await sleep(POLL)
      if (isOver()) return to.pause()
    }
    this.#lead = Math.min(200, (this.#lead + performance.now() - begun) / 2)
    from.pause()
    ;[this.#active, this.#standby] = [to, from]
    this.#prepared = null
    this.#target = null
    for (const element of this.elements) element.classList.toggle("is-active", element === to)
    this.#crossing = false
    this.#follow()
  }

  #cancel() {
    this.#turn += 1
    if (this.#crossing) this.#standby.pause()
    this.#crossing = false
    this.#prepared = null
    if (!this.isPlaying) return
    if (this.#active.paused) this.#active.play().catch(() => {})
    this.#follow()
  }

  #end() {
    this.pause()
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
