// The uploads of this page and their status; every change of one of them is announced here.

import { cell } from "../core/cell.js"
import { forget } from "./memory.js"

/** @typedef {import("./upload.js").Upload} Upload */

const REDRAW = 200 // milliseconds between two updates of the progress

/** @type {ReturnType<typeof cell<Upload[]>>} a new array after each change of one of them */
export const uploads = cell([])

/** Counts assets that were created, deleted or prepared here, so that lists of assets know when to refresh. */
export const assetChanges = cell(0)

export function assetsChanged() {
  assetChanges.set(assetChanges.value + 1)
}

/** @param {Upload} upload @param {import("./upload.js").Status} status */
export function setStatus(upload, status, error = null) {
  upload.status = status
  upload.error = error
  uploads.set([...uploads.value])
}

let drawnAt = 0

/** @param {Upload} upload @param {number} sent bytes so far */
export function progress(upload, sent) {
  upload.sent = sent
  upload.meter.note(sent)
  const now = performance.now()
  if (upload.status === "retrying") setStatus(upload, "sending")
  else if (now - drawnAt > REDRAW) {
    drawnAt = now
    uploads.set([...uploads.value])
  }
}

/** Take an upload out of the list. */
export function dismiss(upload) {
  if (upload.assetId) forget(upload.assetId)
  uploads.set(uploads.value.filter((each) => each !== upload))
}

export function dismissFinished() {
  uploads.set(uploads.value.filter((upload) => upload.isUnfinished || upload.status === "preparing"))
}

/** Return the bytes and the time of all uploads in progress or paused. */
export function totals() {
  const open = uploads.value.filter((upload) => upload.isBusy || upload.status === "paused")
  const size = sum(open, (upload) => upload.size)
  const sent = sum(open, (upload) => upload.sent)
  const speed = sum(open, (upload) => (upload.status === "sending" ? upload.meter.speed : 0))
  const toSend = sum(open, (upload) => (upload.isBusy ? upload.size - upload.sent : 0))
  return { count: open.length, size, sent, speed, secondsLeft: speed > 0 ? toSend / speed : null }
}

function sum(list, of) {
  return list.reduce((total, each) => total + of(each), 0)
}
