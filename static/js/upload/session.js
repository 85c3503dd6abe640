// What accompanies the queue from sign-in to sign-out.

import { readAsset } from "../api/resources.js"
import { poll } from "../core/wait.js"
import { balance, refreshBalance } from "../data/balance.js"
import * as tus from "../tus.js"
import { arrived, become, dismiss, uploads } from "./list.js"
import { BEAT, beat, forget, recall } from "./memory.js"
import { resume } from "./queue.js"
import { Upload } from "./upload.js"

const LOOK = 1200 // milliseconds between two looks at what is being prepared
const SETTLED = new Set(["ready", "failed"])

/**
 * Begin: what a former page left is offered, what was sent is watched, an empty balance is waited for.
 *
 * @param {AbortSignal} signal aborts with the session
 */
export function startUploads(signal) {
  restore(signal)
  balance.watch((credits) => credits > 0 && unblock(), signal)
  poll(watchPreparation, () => LOOK, signal)
  const beating = setInterval(() => beat(busyAssets()), BEAT)
  window.addEventListener("beforeunload", (event) => busyAssets().size && event.preventDefault(), { signal })
  signal.addEventListener("abort", () => {
    clearInterval(beating)
    for (const upload of uploads.value) upload.stopper.abort()
    uploads.set([])
  })
}

/** Offer again what a former page did not finish. */
async function restore(signal) {
  for (const facts of recall()) {
    const upload = new Upload(facts)
    upload.status = "lost"
    try {
      const { offset, length } = await tus.standing(facts.assetId, signal)
      upload.sent = offset
      if (offset === length) forget(facts.assetId)
      else offer(upload)
    } catch (error) {
      // What is gone is not offered, but not forgotten either: it may be of another account.
      if (error.isNetwork) offer(upload)
    }
  }
}

function offer(upload) {
  if (!uploads.value.some((each) => each.assetId === upload.assetId)) uploads.set([...uploads.value, upload])
}

/** Follow what was sent until it is prepared, paid or failed. */
async function watchPreparation() {
  for (const upload of uploads.value) {
    const isWaiting = upload.status === "preparing" || (upload.status === "done" && !SETTLED.has(upload.asset.state))
    if (isWaiting) await look(upload)
  }
}

async function look(upload) {
  const before = upload.asset?.state
  try {
    upload.asset = await readAsset(upload.assetId)
  } catch (error) {
    if (error.status === 404) dismiss(upload)
    return
  }
  const { state } = upload.asset
  if (state === before || state === "processing" || state === "pending_upload") return
  become(upload, "done")
  arrived()
  await refreshBalance()
}

function unblock() {
  for (const upload of uploads.value) if (upload.status === "blocked") resume(upload)
}

function busyAssets() {
  return new Set(uploads.value.filter((upload) => upload.isBusy).map((upload) => upload.assetId ?? upload.key))
}
