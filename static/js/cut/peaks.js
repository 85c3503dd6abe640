// The detailed peaks of an asset, read by ranges: two signed bytes for each hundredth of a second.

import { fileAddress } from "../api/client.js"
import { readAsset } from "../api/resources.js"
import { pause } from "../core/wait.js"

export const PEAKS_RATE = 100 // pairs a second
const BLOCK = 65_536 // bytes of a request: five and a half minutes
const FORBIDDEN = 403
const MISSING = 404
const BUSY = 503

export class Peaks {
  #blocks
  #address

  /**
   * @param {import("../api/resources.js").Asset} asset
   * @param {() => void} onchange called when more was read, or nothing can be
   * @param {AbortSignal} signal
   */
  constructor(asset, onchange, signal) {
    const size = 2 * Math.ceil(Number(asset.duration_seconds) * PEAKS_RATE)
    this.assetId = asset.id
    this.levels = new Int8Array(size)
    /** "waiting" while the box measures, "none" for an asset without sound */
    this.state = "reading"
    this.onchange = onchange
    this.signal = signal
    this.#address = asset.peaks_url
    this.#blocks = new Array(Math.ceil(size / BLOCK)).fill("")
  }

  /** Return whether the levels of a range of pairs are known; what is missing is read. */
  has(first, last) {
    if (this.state === "none") return false
    let isKnown = true
    const [from, to] = [Math.floor((2 * first) / BLOCK), Math.floor((2 * last) / BLOCK)]
    for (let block = Math.max(0, from); block <= Math.min(to, this.#blocks.length - 1); block++) {
      if (this.#blocks[block] === "known") continue
      isKnown = false
      if (!this.#blocks[block]) this.#read(block).catch(() => (this.#blocks[block] = ""))
    }
    return isKnown
  }

  async #read(block) {
    this.#blocks[block] = "reading"
    const start = block * BLOCK
    const range = `bytes=${start}-${Math.min(start + BLOCK, this.levels.length) - 1}`
    for (;;) {
      const response = await fetch(fileAddress(this.#address), {
        headers: { Range: range },
        credentials: "omit",
        signal: this.signal,
      })
      if (response.ok) {
        const levels = new Int8Array(await response.arrayBuffer())
        this.levels.set(levels.subarray(0, this.levels.length - start), start)
        this.#blocks[block] = "known"
        this.state = "reading"
        return this.onchange()
      }
      if (response.status === MISSING) return this.#set("none")
      if (response.status === FORBIDDEN) this.#address = (await readAsset(this.assetId, this.signal)).peaks_url
      if (response.status === BUSY) this.#set("waiting")
      await pause(1000 * (Number(response.headers.get("Retry-After")) || 1), this.signal)
      this.signal.throwIfAborted()
    }
  }

  #set(state) {
    if (this.state === state) return
    this.state = state
    this.onchange()
  }
}
