// The names of assets by id, for the ledger, which has only ids. Assets that were deleted have none.

import { listAssets, pages } from "../api/resources.js"

const MOST_PAGES = 3 // read for one search, so that a ledger of deleted assets stays cheap

export class AssetNames {
  #names = new Map()
  #source

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.#source = pages((offset) => listAssets({ offset }, signal))
  }

  /** Return the name of an asset that was found. @returns {string | null | undefined} */
  get(assetId) {
    return this.#names.get(assetId)
  }

  /** Read on through the assets, newest first, for those of `assetIds`. @param {string[]} assetIds */
  async find(assetIds) {
    for (let read = 0; read < MOST_PAGES && assetIds.some((id) => !this.#names.has(id)); read++) {
      const { value, done } = await this.#source.next()
      if (done) return
      for (const asset of value.items) this.#names.set(asset.id, asset.name)
    }
  }
}
