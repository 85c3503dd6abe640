// The bar below a list of assets: how many are selected, what can be done with them, and what has become of it.

import { h, setText } from "../core/dom.js"
import { shortcuts } from "../core/shortcuts.js"
import { titleOf } from "../data/title.js"
import { button, iconButton } from "../ui/controls.js"
import { toastError } from "../ui/toast.js"
import { bulk, dismissBulk, stopBulk } from "./run.js"
import { strings as text } from "./strings.js"

/**
 * @typedef {import("../views/shown-assets.js").ShownAssets} ShownAssets
 * @typedef {(assetId: string) => void} Focus moves the focus to an asset, or without one to the page
 */

const SAID = 5000 // milliseconds between two announcements of a job

/** @param {ShownAssets} shown @param {Focus} focus @param {AbortSignal} signal */
export function bulkBar(shown, focus, signal) {
  signal.addEventListener("abort", dismissBulk)
  return h("div.bulk", {}, jobNote(shown.selection, signal), selectionBar(shown, focus, signal))
}

/** Show what a job does, then its result; screen readers read out the result, and now and then how far it is. */
function jobNote(selection, signal) {
  const doing = h("span")
  const bar = h("progress", { max: 1, value: 0, "aria-label": text.label })
  const stop = button({ label: text.stop, small: true, onclick: stopBulk })
  const running = h("div.bulk-running", { hidden: true }, doing, bar, stop)
  const said = h("span.visually-hidden", { role: "status" })
  const result = h("p", { role: "status" })
  const close = iconButton({ label: text.dismiss, icon: "close", hidden: true, onclick: dismissBulk })
  const node = h("div.bulk-note", {}, running, said, result, close)
  let saidAt = -Infinity
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
    const now = isRunning ? performance.now() : -Infinity
    if (!isRunning || now - saidAt >= SAID) {
      saidAt = now
      setText(said, isRunning ? doing.textContent : "")
    }
    setText(result, job && !isRunning ? text.result(job) : "")
    // Those that failed stay selected, to be tried again.
    if (job && !isRunning) selection.drop(job.outcomes.filter(({ kind }) => kind !== "failed").map(({ id }) => id))
  }, signal)
  return node
}

function selectionBar(shown, focus, signal) {
  const { selection } = shown
  const count = h("strong", { role: "status" })
  const act = (action) => () => start(action, shown, focus).catch(toastError)
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
    setText(count, size || count.textContent ? text.selected(size, shown.total.value) : "")
    all.disabled = size === shown.assets.length
    for (const each of actions) each.disabled = Boolean(bulk.value?.isRunning)
  }
  selection.ids.watch(update, signal)
  shown.total.watch(update, signal)
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
async function start(action, { selection, assets, projectId }, focus) {
  const chosen = assets.filter(({ id }) => selection.ids.value.has(id))
  if (!chosen.length || bulk.value?.isRunning) return
  const items = chosen.map((asset) => ({ id: asset.id, name: titleOf(asset) }))
  const { cutMany, renderMany, deleteMany } = await import("./actions.js")
  const ask = {
    cut: () => cutMany(items),
    render: () => renderMany(items, chosen, projectId),
    delete: () => deleteMany(items),
  }
  // The bar, where the focus was, goes with the selection.
  if (await ask[action]()) focus(action === "delete" ? "" : chosen[0].id)
}
