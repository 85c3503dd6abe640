// The background tasks of uploads, from sign-in to sign-out.

import { readAsset } from "../api/resources.js"
import { live, onEvents } from "../core/live.js"
import { follow, poll } from "../core/wait.js"
import { balance, refreshBalance } from "../data/balance.js"
import * as tus from "../tus.js"
import { assetChanges, assetsChanged, dismiss, setStatus, uploads } from "./list.js"
import { BEAT, beat, forget, recall } from "./memory.js"
import { resume } from "./queue.js"
import { Upload } from "./upload.js"

const INTERVAL = 1200 // milliseconds between two reads of assets in preparation
const SETTLED = new Set(["ready", "failed"])

/**
 * Offer the uploads that a previous page left, follow preparation, and resume when an empty balance is topped up.
 *
 * @param {AbortSignal} signal aborts with the session
 */
export function startUploads(signal) {
  restore(signal)
  balance.watch((credits) => credits > 0 && unblock(), signal)
  const wake = follow(watchPreparation, () => INTERVAL, signal)
  assetChanges.watch(() => live.value && wake(), signal)
  onEvents("asset", note, signal)
  poll(redraw, () => INTERVAL, signal)
  const beating = setInterval(() => beat(busyAssets()), BEAT)
  window.addEventListener("beforeunload", (event) => busyAssets().size && event.preventDefault(), { signal })
  signal.addEventListener("abort", () => {
    clearInterval(beating)
    for (const upload of uploads.value) upload.controller.abort()
    uploads.set([])
  })
}

/** Offer the uploads that a previous page did not finish. */
async function restore(signal) {
  for (const facts of recall()) {
    const upload = new Upload(facts)
    upload.status = "lost"
    try {
      const { offset, length } = await tus.readStatus(facts.assetId, signal)
      upload.sent = offset
      if (offset === length) forget(facts.assetId)
      else offer(upload)
    } catch (error) {
      // One that is gone is not offered, but not forgotten either: it may belong to another account.
      if (error.isNetwork) offer(upload)
    }
  }
}

function offer(upload) {
  if (!uploads.value.some((each) => each.assetId === upload.assetId)) uploads.set([...uploads.value, upload])
}

/** Follow complete uploads until they are prepared, paid or failed. */
async function watchPreparation() {
  for (const upload of uploads.value) if (isWaiting(upload)) await refresh(upload)
}

function isWaiting({ status, asset }) {
  return status === "preparing" || (status === "done" && !SETTLED.has(asset.state))
}

/** The row of an upload says more when its preparation takes long. */
async function redraw() {
  if (uploads.value.some((upload) => upload.status === "preparing")) uploads.set([...uploads.value])
}

async function refresh(upload) {
  try {
    const asset = await readAsset(upload.assetId)
    if (settle(upload, asset)) await refreshBalance()
  } catch (error) {
    if (error.status === 404) dismiss(upload)
  }
}

/** Apply an event about an asset. */
function note(change, asset) {
  const upload = uploads.value.find((each) => each.assetId === asset.id && isWaiting(each))
  if (!upload || change === "progress") return
  if (change === "deleted") dismiss(upload)
  else settle(upload, asset)
}

/** Note the asset of an upload; return true if it is prepared, paid or failed by now. */
function settle(upload, asset) {
  const before = upload.asset?.state
  upload.asset = asset
  if (asset.state === before || asset.state === "processing" || asset.state === "pending_upload") return false
  setStatus(upload, "done")
  assetsChanged()
  return true
}

function unblock() {
  for (const upload of uploads.value) if (upload.status === "blocked") resume(upload)
}

function busyAssets() {
  return new Set(uploads.value.filter((upload) => upload.isBusy).map((upload) => upload.assetId ?? upload.key))
}
