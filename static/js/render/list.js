// The newest renders of a query, kept up to date.

import { PAGE, listRenders } from "../api/resources.js"
import { cell } from "../core/cell.js"
import { onEvents } from "../core/live.js"
import { follow } from "../core/wait.js"

const QUICK = 1000 // milliseconds between two reads while a render is being made
const CALM = 15_000
const ENDED = new Set(["completed", "failed"])

/**
 * Return `{ state, refresh, more }`; `state` is null until the first response.
 *
 * @param {{ cut_id?: string, asset_id?: string }} query @param {AbortSignal} signal
 */
export function renderList(query, signal) {
  /** @type {ReturnType<typeof cell<import("../api/resources.js").Page<import("../api/resources.js").Render> | null>>} */
  const state = cell(null)
  let wanted = PAGE
  const read = async () => {
    const found = new Map()
    let total = 0
    for (let offset = 0; offset === 0 || offset < Math.min(total, wanted); offset += PAGE) {
      const page = await listRenders({ ...query, offset }, signal)
      total = page.total
      for (const render of page.items) found.set(render.id, render)
    }
    if (!signal.aborted) state.set({ items: [...found.values()], total, limit: PAGE, offset: 0 })
  }
  const isMoving = () => state.value?.items.some((render) => !ENDED.has(render.state))
  const refresh = follow(read, () => (isMoving() ? QUICK : CALM), signal)
  const apply = (change, render) => {
    if (Object.entries(query).some(([name, value]) => render[name] !== value)) return
    const known = state.value
    if (change !== "progress" || !known) return void refresh()
    state.set({ ...known, items: known.items.map((each) => (each.id === render.id ? render : each)) })
  }
  onEvents("render", apply, signal)
  const more = () => {
    wanted += PAGE
    refresh()
  }
  return { state, refresh, more }
}
