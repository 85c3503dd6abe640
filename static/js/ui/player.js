// The player: a media element with its own controls and the waveform as its timeline.

import { h, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { strings } from "../strings.js"
import { iconButton, select, setIcon } from "./controls.js"
import { STEP, timeline } from "./timeline.js"

const SPEEDS = [0.5, 1, 1.25, 1.5, 2]
const RENEWALS = 3 // fresh addresses in a row that may fail before the file counts as unplayable

/**
 * @typedef {{ node: HTMLElement, actions: Record<string, () => void> }} Player `actions` by key
 */

/**
 * @param {import("../api/resources.js").Asset} asset ready
 * @param {() => Promise<string>} freshAddress returns an address of its bytes, valid for some minutes
 * @param {AbortSignal} signal
 * @returns {Player}
 */
export function player(asset, freshAddress, signal) {
  const isVideo = asset.type === "video"
  const media = h(isVideo ? "video" : "audio", {
    preload: "metadata",
    playsinline: true,
    tabindex: isVideo ? -1 : null,
  })
  const length = () => (Number.isFinite(media.duration) ? media.duration : Number(asset.duration_seconds))
  const seek = (seconds) => (media.currentTime = Math.min(Math.max(0, seconds), length()))
  const toggle = () => (media.paused ? media.play().catch(() => {}) : media.pause())

  const line = timeline(asset, length, () => media.currentTime, seek)
  const playButton = iconButton({ label: strings.player.play, icon: "play", onclick: toggle })
  playButton.classList.add("play")
  const now = h("span.timecode")
  const soundButton = iconButton({
    label: strings.player.mute,
    icon: "sound",
    onclick: () => (media.muted = !media.muted),
  })
  const rate = select({
    label: strings.player.speed,
    options: SPEEDS.map((each) => [String(each), `${each}×`]),
    value: "1",
    onchange: (event) => (media.playbackRate = Number(event.target.value)),
  })
  const notice = h("p.player-notice", { role: "alert", hidden: true })
  const stage = isVideo && h("div.stage", {}, media, notice)
  const enlarge = () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen?.())
  if (isVideo) media.addEventListener("click", toggle)

  const show = () => {
    line.show(media.currentTime)
    setText(now, `${format.duration(Math.floor(media.currentTime))} / ${format.duration(length())}`)
    setIcon(playButton, media.paused ? "play" : "pause", media.paused ? strings.player.play : strings.player.pause)
    setIcon(soundButton, media.muted ? "mute" : "sound", media.muted ? strings.player.unmute : strings.player.mute)
  }
  for (const event of ["timeupdate", "seeking", "play", "pause", "durationchange", "volumechange"]) {
    media.addEventListener(event, show)
  }
  media.addEventListener("play", () => followFrames(media, show))
  const fail = (text) => {
    notice.textContent = text
    notice.hidden = false
  }
  keepAddressFresh(media, freshAddress, fail, signal)
  signal.addEventListener("abort", () => {
    media.pause()
    media.removeAttribute("src")
    media.load()
  })
  show()

  const controls = h(
    "div.controls",
    {},
    playButton,
    now,
    h("span.spacer"),
    rate,
    soundButton,
    isVideo && iconButton({ label: strings.player.fullscreen, icon: "enlarge", onclick: enlarge }),
  )
  const node = h(
    "div.player",
    { class: isVideo ? "is-video" : "is-audio" },
    stage || [media, notice],
    line.node,
    controls,
  )
  const actions = {
    " ": toggle,
    k: toggle,
    ArrowLeft: () => seek(media.currentTime - STEP),
    ArrowRight: () => seek(media.currentTime + STEP),
    j: () => seek(media.currentTime - 2 * STEP),
    l: () => seek(media.currentTime + 2 * STEP),
    Home: () => seek(0),
    m: () => (media.muted = !media.muted),
    ...(isVideo && { f: enlarge }),
  }
  return { node, actions }
}

/** Move the playhead with every frame: `timeupdate` fires only four times a second. */
function followFrames(media, show) {
  const step = () => {
    if (media.paused || media.ended) return
    show()
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
}

/**
 * Load the media, and continue with a fresh address when one expires after some minutes.
 *
 * @param {HTMLMediaElement} media
 * @param {() => Promise<string>} freshAddress
 * @param {(text: string) => void} fail called when the browser cannot play it
 * @param {AbortSignal} signal
 * @returns {() => void} loads it again, from an address that is asked for then
 */
export function keepAddressFresh(media, freshAddress, fail, signal) {
  let renewals = 0
  const load = async () => {
    const { currentTime, paused, playbackRate } = media
    const address = await freshAddress()
    if (signal.aborted) return
    media.src = address
    if (currentTime) media.currentTime = currentTime
    media.playbackRate = playbackRate
    if (!paused) await media.play()
  }
  const start = () => load().catch((error) => error.name !== "AbortError" && fail(error.message))
  media.addEventListener("playing", () => (renewals = 0))
  media.addEventListener("error", () => {
    if (signal.aborted || !media.getAttribute("src")) return
    renewals += 1
    if (renewals < RENEWALS) start()
    else fail(strings.player.cannotPlay)
  })
  start()
  return () => {
    renewals = 0
    start()
  }
}
