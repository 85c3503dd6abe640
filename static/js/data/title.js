import { date } from "../core/format.js"
import { strings } from "../strings.js"

/**
 * Return the title of an asset: its name, or its type and date if it has none.
 *
 * @param {import("../api/resources.js").Asset} asset
 */
export function titleOf(asset) {
  return asset.name ?? strings.assets.untitled(asset.type, date(asset.created_at))
}
