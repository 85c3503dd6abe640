// The newest cut and the newest render of each asset, kept up to date: by events, else by reading them again.

import { PAGE, listCuts, listRenders, pages } from "../api/resources.js"
import { onEvents } from "../core/live.js"
import { follow } from "../core/wait.js"

/** @typedef {import("../api/resources.js").Cut} Cut @typedef {import("../api/resources.js").Render} Render */

const QUICK = 1500 // milliseconds between two reads while something is being made
const CALM = 15_000
const MOST_PAGES = 10 // of cuts, and of renders; what is older than those is not shown
const LISTS = { cut: listCuts, render: listRenders }
const GONE = new Set(["deleted", "cancelled"])

export class AssetWork {
  /** By asset. @type {{ cut: Map<string, Cut>, render: Map<string, Render> }} */
  #newest = { cut: new Map(), render: new Map() }
  #reading = false
  #onchange
  #query
  #signal

  /**
   * @param {{ project_id?: string }} query
   * @param {(assetId?: string) => void} onchange called with the asset, or without one for all
   * @param {AbortSignal} signal
   */
  constructor(query, onchange, signal) {
    this.#query = query
    this.#onchange = onchange
    this.#signal = signal
    const refresh = follow(
      () => this.#read(),
      () => (this.#isMoving() ? QUICK : CALM),
      signal,
    )
    for (const kind of Object.keys(LISTS)) {
      onEvents(kind, (change, item) => this.#apply(kind, change, item) || refresh(), signal)
    }
  }

  /** @param {string} assetId @returns {{ cut?: Cut, render?: Render }} */
  of(assetId) {
    const { cut, render } = this.#newest
    return { cut: cut.get(assetId), render: render.get(assetId) }
  }

  async #read() {
    this.#reading = true
    try {
      const [cut, render] = await Promise.all(Object.keys(LISTS).map((kind) => this.#newestOf(kind)))
      if (this.#signal.aborted) return
      this.#newest = { cut, render }
      this.#onchange()
    } finally {
      this.#reading = false
    }
  }

  async #newestOf(kind) {
    const found = new Map()
    const list = (offset) => LISTS[kind]({ ...this.#query, offset }, this.#signal)
    let read = 0
    for await (const { items } of pages(list)) {
      for (const item of items) if (!found.has(item.asset_id)) found.set(item.asset_id, brief(item))
      if (++read === MOST_PAGES) break
    }
    return found
  }

  /** Apply an event; false if the event does not say enough, so that all has to be read again. */
  #apply(kind, change, item) {
    const newest = this.#newest[kind]
    const known = newest.get(item.asset_id)
    if (GONE.has(change)) return known?.id !== item.id
    // What is being read may be older than the event; progress is told again soon.
    const isEnough = !this.#reading || change === "progress"
    // Ids grow with time.
    if (known && item.id < known.id) return isEnough
    newest.set(item.asset_id, brief(item))
    this.#onchange(item.asset_id)
    return isEnough
  }

  #isMoving() {
    const { cut, render } = this.#newest
    return [...cut.values(), ...render.values()].some(isMoving)
  }
}

/** @param {Cut | Render | undefined} item */
export function isMoving(item) {
  return item?.state === "pending" || item?.state === "processing"
}

/** Return a cut without its script, which may be long, or a render. */
function brief({ script: _, ...item }) {
  return item
}

/**
 * Return the id of the newest completed cut of each asset that has one.
 *
 * @param {string[]} assetIds @param {string} projectId of all of them, or empty
 * @returns {Promise<Map<string, string>>}
 */
export async function newestCompletedCuts(assetIds, projectId) {
  const wanted = new Set(assetIds)
  const found = new Map()
  const list = (offset) => listCuts({ project_id: projectId, state: "completed", offset, limit: PAGE })
  for await (const { items } of pages(list)) {
    for (const cut of items) if (wanted.delete(cut.asset_id)) found.set(cut.asset_id, cut.id)
    if (!wanted.size) break
  }
  return found
}
