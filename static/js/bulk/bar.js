// The bar below a list of assets: how many are selected, what can be done with them, and what has become of it.

import { h, setText } from "../core/dom.js"
import { shortcuts } from "../core/shortcuts.js"
import { titleOf } from "../data/title.js"
import { button, iconButton } from "../ui/controls.js"
import { toastError } from "../ui/toast.js"
import { bulk, dismissBulk, stopBulk } from "./run.js"
import { strings as text } from "./strings.js"

/**
 * @typedef {{ selection: import("./selection.js").Selection, assets: () => import("../api/resources.js").Asset[],
 *   total: { value: number, watch: Function }, projectId: () => string, focus: (assetId: string) => void }} Context
 *   `assets`: all that are shown; `total`: also those not read yet; `focus`: moves the focus to an asset
 */

/** @param {Context} context @param {AbortSignal} signal */
export function bulkBar(context, signal) {
  const node = h("div.bulk", {}, jobNote(context, signal), selectionBar(context, signal))
  signal.addEventListener("abort", dismissBulk)
  return node
}

/** Show what a job does, then its result, which screen readers read out. */
function jobNote({ selection }, signal) {
  const doing = h("span")
  const bar = h("progress", { max: 1, value: 0, "aria-label": text.label })
  const stop = button({ label: text.stop, small: true, onclick: stopBulk })
  const running = h("div.bulk-running", { hidden: true }, doing, bar, stop)
  const result = h("p", { role: "status" })
  const close = iconButton({ label: text.dismiss, icon: "close", hidden: true, onclick: dismissBulk })
  const node = h("div.bulk-note", {}, running, result, close)
  bulk.watch((job) => {
    const isRunning = Boolean(job?.isRunning)
    running.hidden = !isRunning
    close.hidden = !job || isRunning
    node.classList.toggle("is-empty", !job)
    if (isRunning) {
      setText(doing, text.running[job.action](job.outcomes.length, job.total))
      bar.value = job.outcomes.length / job.total
      bar.setAttribute("aria-label", doing.textContent)
    }
    setText(result, job && !isRunning ? text.result(job) : "")
    // Those that failed stay selected, to be tried again.
    if (job && !isRunning) selection.drop(job.outcomes.filter(({ kind }) => kind !== "failed").map(({ id }) => id))
  }, signal)
  return node
}

function selectionBar(context, signal) {
  const { selection } = context
  const count = h("strong", { role: "status" })
  const act = (action) => () => start(action, context).catch(toastError)
  const actions = [
    button({ label: text.cut, icon: "scissors", small: true, onclick: act("cut") }),
    button({ label: text.render, icon: "film", small: true, onclick: act("render") }),
    button({ label: text.delete, icon: "trash", small: true, onclick: act("delete") }),
  ]
  const all = button({ label: text.selectAll, small: true, onclick: () => selection.all() })
  const clear = iconButton({ label: text.clear, icon: "close", onclick: () => selection.clear() })
  const node = h("div.bulk-bar", { role: "group", "aria-label": text.label }, count, actions, all, clear)
  const update = () => {
    const { size } = selection
    node.classList.toggle("is-empty", !size)
    setText(count, size || count.textContent ? text.selected(size, context.total.value) : "")
    all.disabled = size === context.assets().length
    for (const each of actions) each.disabled = Boolean(bulk.value?.isRunning)
  }
  selection.ids.watch(update, signal)
  context.total.watch(update, signal)
  bulk.watch(update, signal)
  bindKeys(act, selection, signal)
  return node
}

function bindKeys(act, selection, signal) {
  const withSelection = (action) => () => selection.size && action()
  shortcuts(
    {
      x: withSelection(act("cut")),
      r: withSelection(act("render")),
      Delete: withSelection(act("delete")),
      Escape: () => selection.clear(),
    },
    signal,
  )
}

/** Ask how, then start with all that are selected now. */
async function start(action, { selection, assets, projectId, focus }) {
  const chosen = assets().filter(({ id }) => selection.ids.value.has(id))
  if (!chosen.length || bulk.value?.isRunning) return
  const items = chosen.map((asset) => ({ id: asset.id, name: titleOf(asset) }))
  const { cutMany, renderMany, deleteMany } = await import("./actions.js")
  const ask = {
    cut: () => cutMany(items),
    render: () => renderMany(items, chosen, projectId()),
    delete: () => deleteMany(items),
  }
  // The bar, where the focus was, goes with the selection.
  if (await ask[action]()) focus(action === "delete" ? "" : chosen[0].id)
}
