// Waveforms as shapes that stretch with their container.

import { fileAddress } from "../api/client.js"
import { svg } from "../core/dom.js"

const HEIGHT = 100
const HIGHEST_PEAK = 255
const MOST_GAIN = 4 // quiet recordings are drawn up to four times as high, to be visible
const KEPT = 200

/** By asset; peaks never change. @type {Map<string, Promise<import("../api/resources.js").Waveform>>} */
const known = new Map()

/** Read the waveform of an asset. Errors: when it cannot be read; the next call tries again. */
export function readWaveform(assetId, url) {
  if (!known.has(assetId)) {
    if (known.size >= KEPT) known.delete(known.keys().next().value)
    const reading = fetchWaveform(url)
    reading.catch(() => known.delete(assetId))
    known.set(assetId, reading)
  }
  return known.get(assetId)
}

async function fetchWaveform(url) {
  const response = await fetch(fileAddress(url), { credentials: "omit" })
  if (!response.ok) throw new Error(`waveform: ${response.status}`)
  return response.json()
}

/** Draw peaks as a filled shape, mirrored at the middle, as large as its container. @param {number[]} peaks 0 to 255 */
export function envelope(peaks) {
  const middle = HEIGHT / 2
  // Silence is a thin line, to be visible.
  const reach = scaled(peaks).map((peak) => Math.max(0.6, peak * (middle - 1)))
  const points = (sign) => reach.map((each, x) => `${x} ${(middle + sign * each).toFixed(1)}`)
  const outline = [...points(-1), ...points(1).reverse()]
  return svg(
    "svg.envelope",
    { viewBox: `0 0 ${Math.max(1, peaks.length - 1)} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", { d: `M${outline.join("L")}Z` }),
  )
}

/** Draw peaks as `count` bars, each as high as its highest peak. */
export function bars(peaks, count) {
  const all = scaled(peaks)
  const heights = Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * all.length) / count)
    const to = Math.max(from + 1, Math.floor(((index + 1) * all.length) / count))
    return Math.max(...all.slice(from, to))
  })
  const line = (height, index) => {
    const reach = Math.max(1.5, height * 46)
    return `M${index * 4 + 2} ${(50 - reach).toFixed(1)}v${(reach * 2).toFixed(1)}`
  }
  return svg(
    "svg.bars",
    { viewBox: `0 0 ${count * 4} 100`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", { d: heights.map(line).join(""), "vector-effect": "non-scaling-stroke" }),
  )
}

/** Scale peaks to 0 to 1. */
function scaled(peaks) {
  const loudest = Math.max(...peaks, 1)
  const gain = Math.min(MOST_GAIN, HIGHEST_PEAK / loudest)
  return peaks.map((peak) => Math.min(1, (peak / HIGHEST_PEAK) * gain))
}
