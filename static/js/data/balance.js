import { readBalance } from "../api/resources.js"
import { cell } from "../core/cell.js"

/** The credits left; null until known. @type {ReturnType<typeof cell<number | null>>} */
export const balance = cell(null)

export async function refreshBalance() {
  balance.set(await readBalance())
}

/** What a recording costs: a credit for each started minute. @param {string} seconds as the API gives them */
export function price(seconds) {
  return Math.ceil(Math.round(Number(seconds) * 1000) / 60_000)
}
