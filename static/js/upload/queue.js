// The queue: a few uploads run at once, the others wait their turn.

import { ApiError } from "../api/client.js"
import { createAsset } from "../api/resources.js"
import { Patience } from "../core/patience.js"
import { rememberName } from "../data/names.js"
import { strings } from "../strings.js"
import * as tus from "../tus.js"
import { arrived, become, dismiss, progress, uploads } from "./list.js"
import { forget, remember } from "./memory.js"
import { Upload } from "./upload.js"

const PARALLEL = 3
const SMALLEST = 64 // bytes; less is no media to the box

/** Put files in the queue; those of an interrupted upload go on where it stood. @param {File[]} files */
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

/** Go on with an asset that waits for its bytes. Errors: ApiError if `file` cannot be its file. */
export async function enqueueFor(asset, file) {
  const { length } = await tus.standing(asset.id)
  if (length !== file.size) throw new ApiError(-1, "other_file", strings.errors.otherFile(length, file.size))
  const known = uploads.value.find((upload) => upload.assetId === asset.id)
  const upload = known ?? Object.assign(Upload.of(file, asset.project_id), { assetId: asset.id })
  continueWith(upload, file)
  note(upload)
  uploads.set(known ? [...uploads.value] : [...uploads.value, upload])
  pump()
}

export function pause(upload) {
  if (upload.isBusy) become(upload, "paused")
  upload.stopper.abort()
}

export function resume(upload) {
  become(upload, "queued")
  pump()
}

/** Begin a failed upload anew, as another asset. */
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

/** Stop an upload and drop what the box has of it. Errors: ApiError; it stays in the list then. */
export async function cancel(upload) {
  pause(upload)
  if (upload.assetId && upload.isUnfinished) await tus.cancel(upload.assetId)
  dismiss(upload)
  arrived()
}

function pump() {
  const free = PARALLEL - uploads.value.filter((upload) => upload.isRunning).length
  const next = uploads.value.filter((upload) => upload.status === "queued")
  for (const upload of next.slice(0, Math.max(0, free))) run(upload)
}

async function run(upload) {
  const stopper = new AbortController()
  upload.stopper = stopper
  upload.meter.reset()
  become(upload, "sending")
  try {
    if (upload.size < SMALLEST) throw new ApiError(-1, "too_small", strings.errors.tooSmall)
    if (!upload.assetId) await announce(upload, stopper.signal)
    stopper.signal.throwIfAborted()
    await tus.send(upload.file, upload.assetId, {
      signal: stopper.signal,
      onProgress: (sent) => progress(upload, sent),
      onRetry: (error) => become(upload, "retrying", error),
    })
    forget(upload.assetId)
    become(upload, "preparing")
    arrived()
  } catch (error) {
    // Aborted: whoever did it has said what it is now.
    if (!stopper.signal.aborted) fail(upload, error)
  }
  pump()
}

/** Make the asset that the file will be. */
async function announce(upload, signal) {
  const patience = new Patience(signal, (error) => become(upload, "retrying", error))
  const asset = await patience.keepTrying(() => created(upload))
  upload.assetId = asset.id
  // Cancelled while the box made it.
  if (!uploads.value.includes(upload)) return tus.cancel(asset.id)
  note(upload)
  signal.throwIfAborted()
  become(upload, "sending")
  arrived()
}

/** A request is never broken off: the box might have made an asset that nobody knows of. Pausing only looks away. */
async function created(upload) {
  upload.creation ??= createAsset({ project_id: upload.projectId, size_bytes: upload.size })
  try {
    return await upload.creation
  } finally {
    upload.creation = null
  }
}

function note({ assetId, projectId, name, size, lastModified }) {
  rememberName(assetId, name)
  remember({ assetId, projectId, name, size, lastModified })
}

function fail(upload, error) {
  // By the status or code of the error: what mends it, if anything does.
  if (error.status === 402) return become(upload, "blocked", error)
  if (error.status === 401) return become(upload, "paused", error)
  if (error.code === "file_unreadable") return become(upload, "lost", error)
  if (upload.assetId) forget(upload.assetId)
  become(upload, "failed", error)
  arrived()
}

function continueWith(upload, file) {
  upload.file = file
  upload.error = null
  upload.status = "queued"
}
