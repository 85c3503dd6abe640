import { readBalance } from "../api/resources.js"
import { cell } from "../core/cell.js"
import { onEvents } from "../core/live.js"

/** The credits left; null until known. @type {ReturnType<typeof cell<number | null>>} */
export const balance = cell(null)

export async function refreshBalance() {
  balance.set(await readBalance())
}

onEvents("balance", (_, { balance: left }) => balance.set(left))
