// The names of the files that were sent from this browser. The API knows assets by id alone.

import { stored } from "../core/storage.js"
import { date } from "../core/format.js"
import { strings } from "../strings.js"

const KEPT = 3000 // the oldest are forgotten
const kept = stored("localStorage", "names", [])
const names = new Map(kept.get())

export function rememberName(assetId, name) {
  names.delete(assetId)
  names.set(assetId, name)
  kept.set([...names].slice(-KEPT))
}

/** The name of the file an asset was sent from, if that was here. @returns {string | undefined} */
export function nameOf(assetId) {
  return names.get(assetId)
}

/**
 * What to call an asset: its file's name if it was sent from here, else its kind and date.
 *
 * @param {import("../api/resources.js").Asset} asset
 */
export function titleOf(asset) {
  return names.get(asset.id) ?? strings.assets.untitled(asset.type, date(asset.created_at))
}
