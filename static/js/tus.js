// TUS 1.0.0 for uploads that exist already: the box makes them with their asset, whose id they share.
//
// A file is sent in slices, each a view into the file on disk, so that memory does not grow with it.

import { ApiError, address, reached, reachable, refusal } from "./api/client.js"
import { Patience } from "./core/patience.js"
import { key } from "./session.js"
import { strings } from "./strings.js"

const VERSION = { "Tus-Resumable": "1.0.0" }
const MIB = 1024 ** 2
const SILENCE = 90_000 // milliseconds without progress after which a connection counts as lost

/**
 * How large a piece to send next: a few seconds' worth, so that little depends on one request and the
 * requests themselves cost nothing.
 */
class PieceSize {
  #bytes = 16 * MIB
  #most = 64 * MIB

  get bytes() {
    return this.#bytes
  }

  /** A piece of the present size took this long. */
  took(milliseconds) {
    if (milliseconds < 3000) this.#bytes = Math.min(this.#bytes * 2, this.#most)
    if (milliseconds > 12_000) this.#bytes = Math.max(this.#bytes / 2, 4 * MIB)
  }

  /** Something on the way takes no body of this size: whether a smaller one is worth a try. */
  refused() {
    if (this.#bytes <= MIB) return false
    this.#bytes /= 2
    this.#most = this.#bytes
    return true
  }
}

/**
 * Where an upload stands.
 *
 * @returns {Promise<{ offset: number, length: number }>} Errors: ApiError; with status 404 or 410 when it is gone
 */
export async function standing(id, signal) {
  const options = { method: "HEAD", headers: headers(), signal, cache: "no-store" }
  const answer = await reached(() => fetch(uploadAddress(id), options))
  if (!answer.ok) throw refusal(answer.status, null, answer.headers.get("Retry-After"))
  return { offset: Number(answer.headers.get("Upload-Offset")), length: Number(answer.headers.get("Upload-Length")) }
}

/** Cancel an upload and its asset; fine to repeat. */
export async function cancel(id) {
  const answer = await reached(() => fetch(uploadAddress(id), { method: "DELETE", headers: headers() }))
  if (!answer.ok && answer.status !== 404) throw refusal(answer.status, null, null)
}

/**
 * Send the rest of a file. Goes on after lost connections and restarts of the box for as long as it takes.
 *
 * @param {File} file
 * @param {string} id
 * @param {{ signal: AbortSignal, onProgress: (sent: number) => void, onRetry: (error: ApiError) => void }} options
 *   `sent` counts from the file's start
 * @returns {Promise<void>} Errors: ApiError when the box says no for good; an AbortError when `signal` aborts
 */
export async function send(file, id, { signal, onProgress, onRetry }) {
  const patience = new Patience(signal, onRetry)
  const piece = new PieceSize()
  // Where the upload stands; null when only the box knows.
  let offset = null
  while (offset === null || offset < file.size) {
    try {
      offset ??= (await standing(id, signal)).offset
      onProgress(offset)
      const started = performance.now()
      const slice = file.slice(offset, offset + piece.bytes)
      if (slice.size) offset = await sendPiece(slice, id, offset, signal, onProgress)
      piece.took(performance.now() - started)
      patience.succeeded()
    } catch (error) {
      offset = null
      if (error.status === 413 && !error.code && piece.refused()) continue
      if (error.isNetwork) await checkReadable(file)
      await patience.after(error)
    }
  }
}

/** One PATCH; XMLHttpRequest, because fetch cannot tell how much has left. */
function sendPiece(slice, id, offset, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    let silence
    const stop = () => request.abort()
    const alive = () => {
      clearTimeout(silence)
      silence = setTimeout(stop, SILENCE)
    }
    const lost = () => {
      if (!signal.aborted) reachable.set(false)
      reject(signal.aborted ? signal.reason : new ApiError(0, "network", strings.errors.unreachable))
    }
    request.upload.onprogress = (event) => {
      alive()
      onProgress(offset + event.loaded)
    }
    request.onload = () => {
      reachable.set(true)
      if (request.status === 204) resolve(Number(request.getResponseHeader("Upload-Offset")))
      else reject(refusal(request.status, parsed(request.responseText), request.getResponseHeader("Retry-After")))
    }
    request.onerror = lost
    request.onabort = lost
    request.onloadend = () => {
      clearTimeout(silence)
      signal.removeEventListener("abort", stop)
    }
    signal.addEventListener("abort", stop)
    request.open("PATCH", uploadAddress(id))
    const given = { ...headers(), "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" }
    for (const [name, value] of Object.entries(given)) request.setRequestHeader(name, String(value))
    alive()
    request.send(slice)
  })
}

/** A file that was changed or went away fails like a network does; reading a byte of it tells them apart. */
async function checkReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer()
  } catch {
    throw new ApiError(-1, "file_unreadable", strings.errors.fileUnreadable)
  }
}

function uploadAddress(id) {
  return address(`uploads/${id}`)
}

function headers() {
  return { ...VERSION, Authorization: `Bearer ${key.value}` }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
