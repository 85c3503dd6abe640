// Live events: whether they come, and who wants to know of which.

import { cell } from "./cell.js"

/** Zero while no events come; else a number that changes whenever some may have been missed. */
export const live = cell(0)

/** @type {Set<{ kind: string, watcher: (change: string, entity: any) => void }>} */
const wanted = new Set()

/** Announce an event by its type, such as `asset.ready`. */
export function announce(type, entity) {
  const [kind, change] = type.split(".")
  for (const each of [...wanted]) if (each.kind === kind) each.watcher(change, entity)
}

/**
 * Call `watcher` for each event about a kind of entity until `signal` aborts: `onEvents("asset", (change, asset) => …)`.
 *
 * @param {string} kind
 * @param {(change: string, entity: any) => void} watcher
 * @param {AbortSignal} [signal]
 */
export function onEvents(kind, watcher, signal) {
  if (signal?.aborted) return
  const entry = { kind, watcher }
  wanted.add(entry)
  signal?.addEventListener("abort", () => wanted.delete(entry))
}
