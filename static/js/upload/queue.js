// The queue: a few uploads run at once, the others wait their turn.

import { ApiError } from "../api/client.js"
import { createAsset } from "../api/resources.js"
import { Backoff } from "../core/retry.js"
import { linked } from "../core/wait.js"
import { strings } from "../strings.js"
import * as tus from "../tus.js"
import { EMPTY, extended, startsWith } from "./fingerprint.js"
import { assetsChanged, dismiss, progress, setStatus, uploads } from "./list.js"
import { forget, remember } from "./memory.js"
import { assetName } from "./name.js"
import { Upload } from "./upload.js"

const PARALLEL = 3
const SMALLEST = 64 // bytes; the box takes no less for media

/** Put files in the queue; those of an interrupted upload resume it. @param {File[]} files */
export function enqueue(files, projectId) {
  const added = []
  for (const file of files) {
    const lost = uploads.value.find((upload) => upload.status === "lost" && upload.isOf(file))
    if (lost) continueWith(lost, file)
    else added.push(Upload.of(file, projectId))
  }
  uploads.set([...uploads.value, ...added])
  pump()
}

/** Resume an asset that waits for its bytes. Errors: ApiError if `file` cannot be its file. */
export async function enqueueFor(asset, file) {
  const { offset, length } = await tus.readStatus(asset.id)
  if (length !== file.size) throw new ApiError(-1, "other_file", strings.errors.otherFile(length, file.size))
  const known = uploads.value.find((upload) => upload.assetId === asset.id)
  if (known) return await continueIfSame(known, file, offset)
  const upload = Object.assign(Upload.of(file, asset.project_id), { assetId: asset.id, sent: offset })
  uploads.set([...uploads.value, upload])
  note(upload)
  pump()
}

/**
 * Resume an interrupted upload with a file of another date, if it starts with the bytes that were sent.
 *
 * @param {Upload} upload @param {File} file
 * @returns {Promise<void>} Errors: ApiError if the bytes differ; the upload stays interrupted then
 */
export async function enqueueLookalike(upload, file) {
  const { offset } = await tus.readStatus(upload.assetId)
  await continueIfSame(upload, file, offset)
}

export function pause(upload) {
  if (upload.isBusy) setStatus(upload, "paused")
  upload.controller.abort()
}

export function resume(upload) {
  setStatus(upload, "queued")
  pump()
}

/** Send the file of a failed upload again, as another asset. */
export function retry(upload) {
  upload.assetId = null
  upload.sent = 0
  resume(upload)
}

export function pauseAll() {
  for (const upload of uploads.value) if (upload.isBusy) pause(upload)
}

export function resumeAll() {
  for (const upload of uploads.value) if (upload.status === "paused") resume(upload)
}

/** Stop an upload and delete what the box has of it. Errors: ApiError; it stays in the list then. */
export async function cancel(upload) {
  pause(upload)
  if (upload.assetId && upload.isUnfinished) await tus.cancel(upload.assetId)
  dismiss(upload)
  assetsChanged()
}

function pump() {
  const free = PARALLEL - uploads.value.filter((upload) => upload.isRunning).length
  const next = uploads.value.filter((upload) => upload.status === "queued")
  for (const upload of next.slice(0, Math.max(0, free))) run(upload)
}

async function run(upload) {
  const controller = new AbortController()
  const { signal } = controller
  upload.controller = controller
  upload.meter.reset()
  setStatus(upload, "sending")
  const fingerprinting = linked(signal)
  let printing = Promise.resolve()
  try {
    if (upload.size < SMALLEST) throw new ApiError(-1, "too_small", strings.errors.tooSmall)
    if (!upload.assetId) await announce(upload, signal)
    signal.throwIfAborted()
    await tus.send(upload.file, upload.assetId, {
      signal,
      onProgress: (sent) => progress(upload, sent),
      onChunk: (end) => (printing = printing.then(() => fingerprint(upload, end, fingerprinting.signal))),
      onRetry: (error) => setStatus(upload, "retrying", error),
    })
    forget(upload.assetId)
    upload.sentAt = performance.now()
    setStatus(upload, "preparing")
    assetsChanged()
  } catch (error) {
    // If aborted, the status has been set already.
    if (!signal.aborted) fail(upload, error)
  }
  fingerprinting.abort()
  pump()
}

/** Create the asset of the file. */
async function announce(upload, signal) {
  const backoff = new Backoff(signal, (error) => setStatus(upload, "retrying", error))
  const asset = await backoff.retry(() => create(upload))
  upload.assetId = asset.id
  // Canceled while the box created it.
  if (!uploads.value.includes(upload)) return tus.cancel(asset.id)
  note(upload)
  signal.throwIfAborted()
  setStatus(upload, "sending")
  assetsChanged()
}

/** Create the asset; never abort the request, or the box might keep an asset unknown to this page. */
async function create(upload) {
  upload.creation ??= createAsset({
    project_id: upload.projectId,
    size_bytes: upload.size,
    name: assetName(upload.name),
  })
  try {
    return await upload.creation
  } finally {
    upload.creation = null
  }
}

/** Extend the fingerprint over a chunk and remember it; sending does not wait for it. */
async function fingerprint(upload, end, signal) {
  try {
    const print = await extended(upload.print, upload.file, end, signal)
    if (print === upload.print || signal.aborted) return
    upload.print = print
    note(upload)
  } catch {
    // Ended with the upload, or the file can no longer be read, which sending it reports.
  }
}

async function continueIfSame(upload, file, offset) {
  upload.sent = offset
  if (!upload.isOf(file)) {
    if (!upload.isComparable) upload.print = EMPTY
    else if (!(await isSame(upload, file))) return
  }
  continueWith(upload, file)
  uploads.set([...uploads.value])
  note(upload)
  pump()
}

/** Compare `file` with what was sent; false if the upload ended meanwhile. Errors: ApiError if the bytes differ. */
async function isSame(upload, file) {
  const before = upload.status
  upload.controller = new AbortController()
  const { signal } = upload.controller
  setStatus(upload, "comparing")
  // A file that cannot be read is not the same.
  const isEqual = await startsWith(file, upload.print, signal).catch(() => false)
  if (signal.aborted || !uploads.value.includes(upload)) return false
  if (isEqual) return true
  setStatus(upload, before)
  throw new ApiError(-1, "other_file", strings.errors.otherBytes(file.name))
}

function note({ assetId, projectId, name, size, lastModified, print }) {
  remember({ assetId, projectId, name, size, lastModified, print })
}

/** Set the status that offers the remedy for `error`, if there is one. */
function fail(upload, error) {
  if (error.status === 402) return setStatus(upload, "blocked", error)
  if (error.status === 401) return setStatus(upload, "paused", error)
  if (error.code === "file_unreadable") return setStatus(upload, "lost", error)
  if (upload.assetId) forget(upload.assetId)
  setStatus(upload, "failed", error)
  assetsChanged()
}

function continueWith(upload, file) {
  upload.file = file
  upload.lastModified = file.lastModified
  upload.error = null
  upload.status = "queued"
}
