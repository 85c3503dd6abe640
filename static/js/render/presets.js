// Outputs that people ask for, by name.

import { stored } from "../core/storage.js"
import { select } from "../ui/controls.js"
import { strings as text } from "./strings.js"

/** @typedef {{ name: keyof typeof text.presets, output: object, isVideo: boolean }} Preset */

/** @type {Preset[]} */
const PRESETS = [
  { name: "youtube", output: { format: "mp4", resolution: "1080p" }, isVideo: true },
  { name: "uhd", output: { format: "mp4", resolution: "4k" }, isVideo: true },
  { name: "preview", output: { format: "mp4", resolution: "720p" }, isVideo: true },
  { name: "mov", output: { format: "mov" }, isVideo: true },
  { name: "podcast", output: { format: "mp3", audio_bitrate: 192 }, isVideo: false },
  { name: "m4a", output: { format: "m4a" }, isVideo: false },
]

const lastPreset = stored("localStorage", "preset", "")

/** Return the presets for at least one of some assets. @param {import("../api/resources.js").Asset[]} assets */
export function presetsOf(assets) {
  const hasVideo = assets.some(({ type }) => type === "video")
  return PRESETS.filter(({ isVideo }) => !isVideo || hasVideo)
}

/** Return a field to choose one of some presets, at first the one that was used last. @param {Preset[]} presets */
export function presetField(presets) {
  const last = presets.find(({ name }) => name === lastPreset.get())
  return select({
    label: text.preset,
    name: "preset",
    options: presets.map(({ name }) => [name, text.presets[name]]),
    value: (last ?? presets[0]).name,
  })
}

/** Return the output that was chosen, and remember it. @param {FormData} data */
export function outputOf(data) {
  const preset = PRESETS.find(({ name }) => name === data.get("preset"))
  lastPreset.set(preset.name)
  return preset.output
}
