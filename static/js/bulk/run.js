// Asking the box for many things, one after the other: goes on while other views are open, and after a reload.

import { createCut, createRender, deleteAsset } from "../api/resources.js"
import { cell } from "../core/cell.js"
import { Backoff } from "../core/retry.js"
import { stored } from "../core/storage.js"
import { linked } from "../core/wait.js"
import { toast } from "../ui/toast.js"
import { strings } from "./strings.js"

/**
 * @typedef {"cut" | "render" | "delete"} Action
 * @typedef {{ id: string, name: string, cut?: string }} Item an asset; `cut`: the one that is rendered
 * @typedef {{ id: string, name: string, kind: "started" | "known" | "failed", reason: string,
 *   isWhole: boolean }} Outcome `known`: the box had made the same before; `isWhole`: a render without a cut
 * @typedef {{ action: Action, total: number, outcomes: Outcome[], left: number, isRunning: boolean }} Job
 *   `left`: not asked for
 */

const WORKERS = 2
const BUSY = new Set([0, 429, 503])
const MOST_TRIES = 8 // about a minute, or longer if the box says so
const GONE = 404

/** The job that runs, or ran last; null if there was none. @type {ReturnType<typeof cell<Job | null>>} */
export const bulk = cell(null)

/** A job that a reload interrupts. Asking twice does no harm: the box answers with what it has made. */
const kept = stored("sessionStorage", "bulk", null)

const ASK = {
  /** @param {Item} item @param {object} options */
  cut: ({ id }, options) => createCut({ asset_id: id, options }),
  /** @param {Item} item @param {object} output */
  render: ({ id, cut }, output) => createRender({ asset_id: id, ...(cut && { cut_id: cut }), output }),
  /** @param {Item} item */
  delete: ({ id }) => deleteAsset(id).catch((error) => (error.status === GONE ? null : Promise.reject(error))),
}

let session = AbortSignal.abort()
let running = new AbortController()

/** Resume what a reload interrupted, and tell results where no list of assets does, until `signal` aborts. */
export function followBulk(signal) {
  session = signal
  signal.addEventListener("abort", () => {
    kept.set(null)
    bulk.set(null)
  })
  const before = kept.get()
  if (before) run(before)
  bulk.watch((job) => {
    if (!job || job.isRunning || document.querySelector(".bulk")) return
    toast(strings.result(job))
    bulk.set(null)
  }, signal)
}

/**
 * Start asking for `action` on each item, unless another job runs.
 *
 * @param {Action} action @param {object | null} wish options of cuts, output of renders @param {Item[]} items
 */
export function startBulk(action, wish, items) {
  if (!bulk.value?.isRunning) run({ action, wish, items, outcomes: [] })
}

/** Leave out what was not asked for yet. */
export function stopBulk() {
  running.abort()
}

/** Forget a job that has ended. */
export function dismissBulk() {
  if (!bulk.value?.isRunning) bulk.set(null)
}

async function run({ action, wish, items, outcomes }) {
  const { signal } = (running = linked(session))
  const todo = new Set(items)
  const total = items.length + outcomes.length
  const keep = () => kept.set({ action, wish, items: [...todo], outcomes })
  const tell = (isRunning) => bulk.set({ action, total, outcomes, left: todo.size, isRunning })
  keep()
  window.addEventListener("pagehide", keep, { signal })
  tell(true)
  const stopped = new Promise((resolve) => signal.addEventListener("abort", () => resolve(null)))
  const waiting = items.values()
  const work = async () => {
    for (const item of waiting) {
      if (signal.aborted) return
      const outcome = await Promise.race([outcomeOf(action, item, wish, signal), stopped])
      if (!outcome) return
      outcomes.push(outcome)
      todo.delete(item)
      tell(true)
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  running.abort()
  if (session.aborted) return
  kept.set(null)
  tell(false)
}

/** Ask for one item; null if it was stopped before the box answered. @returns {Promise<Outcome | null>} */
async function outcomeOf(action, item, wish, signal) {
  const { id, name } = item
  const outcome = { id, name, reason: "", isWhole: action === "render" && !item.cut }
  const backoff = new Backoff(signal, () => {}, { statuses: BUSY, most: MOST_TRIES })
  try {
    const made = await backoff.retry(() => ASK[action](item, wish))
    return { ...outcome, kind: made?.state === "completed" ? "known" : "started" }
  } catch (error) {
    return signal.aborted ? null : { ...outcome, kind: "failed", reason: error.message }
  }
}
