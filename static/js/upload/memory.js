// The unfinished uploads that survive a reload, without their bytes, which the browser does not keep.

import { stored } from "../core/storage.js"

/** @typedef {{ assetId: string, projectId: string, name: string, size: number, lastModified: number,
 *   print?: import("./fingerprint.js").Fingerprint, at: number, tab: string, beat: number }} Remembered */

const LONGEST = 9 * 24 * 3600_000 // milliseconds; longer than the box keeps an unfinished upload
export const BEAT = 4000 // milliseconds between two heartbeats of a tab that is sending
const ALIVE = 3 * BEAT

const kept = stored("localStorage", "uploads", /** @type {Remembered[]} */ ([]))
const ownTab = stored("sessionStorage", "tab", "")
if (!ownTab.get()) ownTab.set(Math.random().toString(36).slice(2))
const tab = ownTab.get()

/** @param {Omit<Remembered, "at" | "tab" | "beat">} upload */
export function remember(upload) {
  const now = Date.now()
  kept.set([...others(upload.assetId), { ...upload, at: now, tab, beat: now }])
}

export function forget(assetId) {
  kept.set(others(assetId))
}

/** Return those that no other tab is sending. @returns {Remembered[]} */
export function recall() {
  const now = Date.now()
  const fresh = kept.get().filter((each) => now - each.at < LONGEST)
  kept.set(fresh)
  return fresh.filter((each) => each.tab === tab || now - each.beat > ALIVE)
}

/** Mark `assetIds` as being sent by this tab, for other tabs. @param {Set<string>} assetIds */
export function beat(assetIds) {
  const now = Date.now()
  kept.set(kept.get().map((each) => (assetIds.has(each.assetId) ? { ...each, tab, beat: now } : each)))
}

function others(assetId) {
  return kept.get().filter((each) => each.assetId !== assetId)
}
