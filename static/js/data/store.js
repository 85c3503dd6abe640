// The assets that were read, by id: one version for all views, which events keep up to date.

import { onEvents } from "../core/live.js"

/** @typedef {import("../api/resources.js").Asset} Asset */

/** @type {Map<string, Asset>} */
const known = new Map()

/** @type {Map<string, Set<(asset: Asset | null) => void>>} */
const watchers = new Map()

/** Store assets as they were read, and return them with all that is known of each. @param {Asset[]} read */
export function store(read) {
  for (const asset of read) known.set(asset.id, asset)
  return read
}

/** @returns {Asset | undefined} */
export function stored(id) {
  return known.get(id)
}

/**
 * Call `watcher` after each change of an asset, with null once it was deleted, until `signal` aborts.
 *
 * @param {string} id
 * @param {(asset: Asset | null) => void} watcher
 * @param {AbortSignal} signal
 */
export function watchAsset(id, watcher, signal) {
  const all = watchers.get(id) ?? new Set()
  watchers.set(id, all.add(watcher))
  signal.addEventListener("abort", () => {
    all.delete(watcher)
    if (!all.size) watchers.delete(id)
  })
}

/** Forget everything: the next user to sign in may have another account. */
export function forgetAssets() {
  known.clear()
}

onEvents("asset", (change, asset) => {
  if (change === "progress") return
  // An event has no signed addresses; those that were read stay.
  if (change === "deleted") known.delete(asset.id)
  else if (known.has(asset.id)) known.set(asset.id, { ...known.get(asset.id), ...asset })
  const told = change === "deleted" ? null : (known.get(asset.id) ?? asset)
  for (const watcher of [...(watchers.get(asset.id) ?? [])]) watcher(told)
})
