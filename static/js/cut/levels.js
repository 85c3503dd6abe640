// How loud the recording is: coarse for the whole, in detail where it is read.

import { readWaveform } from "../ui/waveform.js"
import { PEAKS_RATE, Peaks } from "./peaks.js"
import { strings } from "./strings.js"

const text = strings.wave
const DETAILED = 1200 // seconds in view, above which the coarse waveform is drawn

/**
 * @typedef {{ levels: ArrayLike<number>, rate: number, offset: number, isPaired: boolean }} Levels
 *   `rate` levels a second; `offset`: seconds from the first one to the plan; `isPaired`: the lowest and the highest
 */

/**
 * Return `{ between, note }`, both as well as it is known now.
 *
 * @param {import("../api/resources.js").Asset} asset
 * @param {number} offset seconds of the file before the plan
 * @param {() => void} onchange called when more is known
 * @param {AbortSignal} signal
 */
export function levelsOf(asset, offset, onchange, signal) {
  const peaks = new Peaks(asset, onchange, signal)
  /** @type {import("../api/resources.js").Waveform | null} */
  let coarse = null
  if (asset.waveform_url) {
    readWaveform(asset.id, asset.waveform_url).then(
      (given) => ((coarse = given), onchange()),
      () => {},
    )
  }
  return {
    /** Return the levels for a range of seconds of the plan. @returns {Levels | null} */
    between(start, end) {
      const [from, to] = [start + offset, end + offset]
      const isClose = end - start < DETAILED
      if ((isClose || !coarse?.peaks.length) && peaks.has(Math.floor(from * PEAKS_RATE), Math.ceil(to * PEAKS_RATE))) {
        return { levels: peaks.levels, rate: PEAKS_RATE, offset, isPaired: true }
      }
      if (!coarse?.peaks.length) return null
      return { levels: coarse.peaks, rate: (1000 * coarse.peaks.length) / coarse.duration_ms, offset, isPaired: false }
    },
    /** Say why there are no levels. */
    get note() {
      if (peaks.state === "reading") return ""
      return peaks.state === "none" ? text.silent : text.measuring
    },
  }
}
