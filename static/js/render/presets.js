// Outputs that people ask for, by name.

/** @type {{ name: keyof typeof import("./strings.js").strings.presets, output: object, isVideo: boolean }[]} */
export const PRESETS = [
  { name: "youtube", output: { format: "mp4", resolution: "1080p" }, isVideo: true },
  { name: "uhd", output: { format: "mp4", resolution: "4k" }, isVideo: true },
  { name: "preview", output: { format: "mp4", resolution: "720p" }, isVideo: true },
  { name: "mov", output: { format: "mov" }, isVideo: true },
  { name: "podcast", output: { format: "mp3", audio_bitrate: 192 }, isVideo: false },
  { name: "m4a", output: { format: "m4a" }, isVideo: false },
]

/** Return the presets for an asset. @param {import("../api/resources.js").Asset} asset */
export function presetsOf({ type }) {
  return PRESETS.filter(({ isVideo }) => !isVideo || type === "video")
}
