// The newest assets of a query, as many as were requested, kept up to date: by events, else by reading them again.

import { PAGE, listAssets } from "../api/resources.js"
import { cell } from "../core/cell.js"
import { onEvents } from "../core/live.js"
import { follow } from "../core/wait.js"
import { store, stored } from "./store.js"

const MOVING = new Set(["pending_upload", "processing"])
const QUICK = 1500 // milliseconds between two reads while an asset changes its state
const CALM = 10_000
const SOON = 300 // milliseconds in which events are gathered
const MOST = 5000 // assets in memory

/** @typedef {import("../api/resources.js").Asset} Asset */

export class AssetList {
  /** Null until the first response. @type {ReturnType<typeof cell<{ items: Asset[], total: number } | null>>} */
  state = cell(null)
  #wanted = PAGE
  #readAt = 0
  #isReading = false
  #isPlanned = false

  /** @param {{ project_id?: string, state?: string, q?: string }} query @param {AbortSignal} signal */
  constructor(query, signal) {
    this.query = query
    this.signal = signal
    this.refresh = follow(
      () => this.#read(),
      () => this.#delay(),
      signal,
    )
    onEvents("asset", (change, asset) => this.#apply(change, asset), signal)
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
    this.#isReading = true
    try {
      for (let offset = 0; offset === 0 || offset < Math.min(total, this.#wanted); offset += PAGE) {
        const page = await listAssets({ ...this.query, offset }, this.signal)
        total = page.total
        for (const asset of store(page.items)) found.set(asset.id, asset)
      }
    } finally {
      this.#isReading = false
      this.#readAt = performance.now()
    }
    if (!this.signal.aborted) this.state.set({ items: [...found.values()], total })
  }

  /** Apply an event to the list; read it again only where the event does not say enough. */
  #apply(change, asset) {
    const { items = [], total = 0 } = this.state.value ?? {}
    const isListed = items.some(({ id }) => id === asset.id)
    const belongs = this.#matches(asset)
    if (change === "progress" || !(isListed || belongs)) return
    if (change === "deleted" || !belongs) {
      if (isListed) this.state.set({ items: items.filter(({ id }) => id !== asset.id), total: total - 1 })
      else this.#readSoon()
    } else if (isListed) {
      this.state.set({ items: items.map((each) => (each.id === asset.id ? (stored(each.id) ?? each) : each)), total })
      // With the signed addresses of what was made of it.
      if (change === "ready" || change === "changed") this.#readSoon()
    } else if (change === "created" && !this.query.q && this.state.value) {
      this.state.set({ items: [...store([asset]), ...items], total: total + 1 })
    } else this.#readSoon()
    // What is being read may be older than the event.
    if (this.#isReading) this.#readSoon()
  }

  #matches({ project_id: project, state }) {
    return (!this.query.project_id || this.query.project_id === project) && (!this.query.state || this.query.state === state)
  }

  /** Read once for all events of a while. */
  #readSoon() {
    if (this.#isPlanned) return
    this.#isPlanned = true
    const wait = Math.max(SOON, this.#readAt + this.#pages() * QUICK - performance.now())
    setTimeout(() => {
      this.#isPlanned = false
      if (!this.signal.aborted) this.refresh()
    }, wait)
  }

  #pages() {
    return Math.max(1, Math.ceil((this.state.value?.items.length ?? 0) / PAGE))
  }

  /** Read less often the more pages there are. */
  #delay() {
    const isMoving = this.state.value?.items.some((asset) => MOVING.has(asset.state))
    return this.#pages() * (isMoving ? QUICK : CALM)
  }
}
