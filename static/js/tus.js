// TUS 1.0.0 for existing uploads: the box creates them with their asset, whose id they share.
//
// A file is sent in chunks, each a view into the file on disk, so that memory does not grow with it.

import { ApiError, address, reached, reachable, refusal } from "./api/client.js"
import { Backoff } from "./core/retry.js"
import { key } from "./session.js"
import { strings } from "./strings.js"

const VERSION = { "Tus-Resumable": "1.0.0" }
const MIB = 1024 ** 2
const SILENCE = 90_000 // milliseconds without progress after which a connection counts as lost

/**
 * The size of the next chunk: a few seconds' worth, so that a failed request costs little and the overhead of
 * requests does not show.
 */
class ChunkSize {
  #bytes = 16 * MIB
  #most = 64 * MIB

  get bytes() {
    return this.#bytes
  }

  /** Adapt to the time that a chunk of this size took. */
  took(milliseconds) {
    if (milliseconds < 3000) this.#bytes = Math.min(this.#bytes * 2, this.#most)
    if (milliseconds > 12_000) this.#bytes = Math.max(this.#bytes / 2, 4 * MIB)
  }

  /** Halve the size after a proxy refused the body as too large; return whether another try is worthwhile. */
  refused() {
    if (this.#bytes <= MIB) return false
    this.#bytes /= 2
    this.#most = this.#bytes
    return true
  }
}

/**
 * Return the offset and the length of an upload.
 *
 * @returns {Promise<{ offset: number, length: number }>} Errors: ApiError; with status 404 or 410 when it is gone
 */
export async function readStatus(id, signal) {
  const options = { method: "HEAD", headers: headers(), signal, cache: "no-store" }
  const response = await reached(() => fetch(uploadAddress(id), options))
  if (!response.ok) throw refusal(response.status, null, response.headers.get("Retry-After"))
  return {
    offset: Number(response.headers.get("Upload-Offset")),
    length: Number(response.headers.get("Upload-Length")),
  }
}

/** Cancel an upload and delete its asset; may be repeated. */
export async function cancel(id) {
  const response = await reached(() => fetch(uploadAddress(id), { method: "DELETE", headers: headers() }))
  if (!response.ok && response.status !== 404) throw refusal(response.status, null, null)
}

/**
 * Send the rest of a file. Retries after lost connections and restarts of the box without limit.
 *
 * @param {File} file
 * @param {string} id
 * @param {{ signal: AbortSignal, onProgress: (sent: number) => void, onChunk: (end: number) => void,
 *   onRetry: (error: ApiError) => void }} options `sent` and `end`, the end of the chunk that begins, count from the
 *   start of the file
 * @returns {Promise<void>} Errors: ApiError when the box refuses for good; an AbortError when `signal` aborts
 */
export async function send(file, id, { signal, onProgress, onChunk, onRetry }) {
  const backoff = new Backoff(signal, onRetry)
  const size = new ChunkSize()
  // The offset of the upload; null when only the box knows it.
  let offset = null
  while (offset === null || offset < file.size) {
    try {
      offset ??= (await readStatus(id, signal)).offset
      onProgress(offset)
      const started = performance.now()
      const chunk = file.slice(offset, offset + size.bytes)
      onChunk(offset + chunk.size)
      if (chunk.size) offset = await sendChunk(chunk, id, offset, signal, onProgress)
      size.took(performance.now() - started)
      backoff.reset()
    } catch (error) {
      offset = null
      if (error.status === 413 && !error.code && size.refused()) continue
      if (error.isNetwork) await checkReadable(file)
      await backoff.waitAfter(error)
    }
  }
}

/** Send one PATCH; by XMLHttpRequest, because fetch does not report the progress of a body. */
function sendChunk(chunk, id, offset, signal, onProgress) {
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
    request.send(chunk)
  })
}

/** A file that was changed or removed fails like a network does; reading one byte of it tells them apart. */
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
