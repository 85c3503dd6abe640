// The newest assets of a query, as many as were requested, kept up to date.

import { PAGE, listAssets } from "../api/resources.js"
import { cell } from "../core/cell.js"
import { poll } from "../core/wait.js"

const MOVING = new Set(["pending_upload", "processing"])
const QUICK = 1500 // milliseconds between two reads while an asset changes its state
const CALM = 10_000
const MOST = 5000 // assets in memory

/** @typedef {import("../api/resources.js").Asset} Asset */

export class AssetList {
  /** Null until the first response. @type {ReturnType<typeof cell<{ items: Asset[], total: number } | null>>} */
  state = cell(null)
  #wanted = PAGE

  /** @param {{ project_id?: string, state?: string, q?: string }} query @param {AbortSignal} signal */
  constructor(query, signal) {
    this.query = query
    this.signal = signal
    this.refresh = poll(
      () => this.#read(),
      () => this.#delay(),
      signal,
    )
  }

  get hasMore() {
    const known = this.state.value
    return known !== null && known.items.length < Math.min(known.total, MOST)
  }

  /** Read one more page. */
  more() {
    if (!this.hasMore || this.#wanted >= this.state.value.items.length + PAGE) return
    this.#wanted = Math.min(this.#wanted + PAGE, MOST)
    this.refresh()
  }


  async #read() {
    // By id: an asset created between two reads shifts the second page.
    const found = new Map()
    let total = 0
    for (let offset = 0; offset === 0 || offset < Math.min(total, this.#wanted); offset += PAGE) {
      const page = await listAssets({ ...this.query, offset }, this.signal)
      total = page.total
      for (const asset of page.items) found.set(asset.id, asset)
    }
    if (!this.signal.aborted) this.state.set({ items: [...found.values()], total })
  }

  /** Read less often the more pages there are. */
  #delay() {
    const items = this.state.value?.items ?? []
    const pages = Math.max(1, Math.ceil(items.length / PAGE))
    return pages * (items.some((asset) => MOVING.has(asset.state)) ? QUICK : CALM)
  }
}
