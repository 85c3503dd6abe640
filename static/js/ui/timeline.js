// The timeline of a player: a slider with the waveform, if there is one.

import { h, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { strings } from "../strings.js"
import { envelope, readWaveform } from "./waveform.js"

export const STEP = 5 // seconds per arrow key

/**
 * The part played so far is highlighted; a press, a drag or an arrow key seeks.
 *
 * @param {import("../api/resources.js").Asset} asset
 * @param {() => number} length seconds, as are the others
 * @param {() => number} position
 * @param {(to: number) => void} seek
 * @returns {{ node: HTMLElement, show: (seconds: number) => void }}
 */
export function timeline(asset, length, position, seek) {
  const played = h("div.played")
  const head = h("div.playhead")
  const hint = h("output.seek-hint", { "aria-hidden": "true" })
  const node = h(
    "div.timeline",
    { role: "slider", tabindex: 0, "aria-label": strings.player.position, "aria-valuemin": 0 },
    h("div.track"),
    played,
    head,
    hint,
  )
  const at = (event) => {
    const { left, width } = node.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - left) / width)) * length()
  }
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return
    node.setPointerCapture(event.pointerId)
    seek(at(event))
  })
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) seek(at(event))
    setText(hint, format.duration(Math.floor(at(event))))
    node.style.setProperty("--hint", String(at(event) / length()))
  })
  node.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: position() - STEP, ArrowRight: position() + STEP, Home: 0, End: length() }[event.key]
    if (to === undefined) return
    event.preventDefault()
    seek(to)
  })
  drawWaveform(asset, node, played)
  const show = (seconds) => {
    node.style.setProperty("--played", String(length() ? seconds / length() : 0))
    node.setAttribute("aria-valuemax", String(Math.round(length())))
    node.setAttribute("aria-valuenow", String(Math.floor(seconds)))
    node.setAttribute(
      "aria-valuetext",
      strings.player.at(format.duration(Math.floor(seconds)), format.duration(length())),
    )
  }
  return { node, show }
}

async function drawWaveform(asset, node, played) {
  if (!asset.waveform_url) return
  try {
    const { peaks } = await readWaveform(asset.id, asset.waveform_url)
    if (!peaks.length) return
    node.classList.add("has-waveform")
    node.querySelector(".track").append(envelope(peaks))
    played.append(envelope(peaks))
  } catch {
    // The timeline works without the waveform.
  }
}
