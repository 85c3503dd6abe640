// The ledger with the balance after each entry, which the API leaves to its clients.

import { listHistory, pages, readBalance } from "../api/resources.js"

/** @typedef {import("../api/resources.js").Entry & { balance: number }} Line */

/**
 * Yield the lines of the ledger, newest first, a page at a time.
 *
 * @returns {AsyncGenerator<{ lines: Line[], total: number }>}
 */
export async function* ledger(signal) {
  let left = null
  const seen = new Set()
  for await (const { items, total } of pages((offset) => listHistory(offset, signal))) {
    left ??= await balanceBefore(items, signal)
    const lines = []
    for (const entry of items) {
      // An entry added meanwhile shifts the pages by one.
      if (seen.has(entry.id)) continue
      seen.add(entry.id)
      lines.push({ ...entry, balance: left })
      left -= entry.delta
    }
    yield { lines, total }
  }
}

/** Return the balance that belongs to the first page: without entries added after it was read. */
async function balanceBefore(items, signal) {
  const balance = await readBalance()
  const { items: now } = await listHistory(0, signal)
  const newest = items[0]?.id
  let left = balance
  for (const entry of now) {
    if (entry.id === newest) break
    left -= entry.delta
  }
  return left
}

/** Return the charge for an asset; null if there is none. @param {import("../api/resources.js").Asset} asset */
export async function chargeOf(asset, signal) {
  for await (const { items } of pages((offset) => listHistory(offset, signal))) {
    const charge = items.find((entry) => entry.asset_id === asset.id && entry.delta < 0)
    if (charge) return -charge.delta
    // Nothing is charged before it exists.
    if (items.some((entry) => entry.created_at < asset.created_at)) return null
  }
  return null
}

/** Format lines as CSV (RFC 4180). @param {Line[]} lines */
export function toCsv(lines) {
  const rows = lines.map((line) => [line.created_at, line.type, line.delta, line.balance, line.asset_id ?? "", line.id])
  return [["created_at", "type", "delta", "balance", "asset_id", "id"], ...rows]
    .map((row) => `${row.join(",")}\r\n`)
    .join("")
}
