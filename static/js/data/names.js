// The names of files sent from this browser. The API stores none.

import { stored } from "../core/storage.js"
import { date } from "../core/format.js"
import { strings } from "../strings.js"

const KEPT = 3000 // the newest
const kept = stored("localStorage", "names", [])
const names = new Map(kept.get())

export function rememberName(assetId, name) {
  names.delete(assetId)
  names.set(assetId, name)
  kept.set([...names].slice(-KEPT))
}

/** Return the file name of an asset that was sent from this browser. @returns {string | undefined} */
export function nameOf(assetId) {
  return names.get(assetId)
}

/**
 * Return the title of an asset: its file name if it was sent from this browser, else its type and date.
 *
 * @param {import("../api/resources.js").Asset} asset
 */
export function titleOf(asset) {
  return names.get(asset.id) ?? strings.assets.untitled(asset.type, date(asset.created_at))
}
