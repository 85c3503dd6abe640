// The bytes that are played: those of the asset, or of its proxy where the browser cannot play them.

import { fileAddress } from "../api/client.js"
import { readAsset } from "../api/resources.js"
import { pause } from "../core/wait.js"

const FORBIDDEN = 403
const BUSY = 503

/** Return a function that returns an address of the asset's bytes, first the one that came with it. */
export function addressOf(asset, signal) {
  let given = asset.download_url
  return async () => {
    const address = given ?? (await readAsset(asset.id, signal)).download_url
    given = null
    return fileAddress(address)
  }
}

/** Return an address of the proxy of an asset, valid for some minutes. */
export async function proxyOf(asset, signal) {
  return fileAddress((await readAsset(asset.id, signal)).proxy_url)
}

/**
 * Wait until the proxy is made; false if none can be made.
 *
 * @param {import("../api/resources.js").Asset} asset
 * @param {(message: string) => void} onprogress
 * @param {AbortSignal} signal
 */
export async function proxyMade(asset, onprogress, signal) {
  let address = await proxyOf(asset, signal)
  for (;;) {
    const response = await fetch(address, { headers: { Range: "bytes=0-0" }, credentials: "omit", signal })
    if (response.ok) return true
    if (response.status === FORBIDDEN) address = await proxyOf(asset, signal)
    else if (response.status !== BUSY) return false
    else onprogress((await response.json()).error.message)
    await pause(1000 * (Number(response.headers.get("Retry-After")) || 1), signal)
    signal.throwIfAborted()
  }
}
