// A fingerprint of the bytes sent so far: a file chosen after a reload is compared with it before its bytes follow.
//
// Not crypto.subtle: browsers offer it only on HTTPS and on localhost, and it cannot hash in pieces. The fingerprint
// guards against mistakes, not against forgery: a user who wants other bytes can simply send them.

const BLOCK = 1024 ** 2 // bytes read at a time

/** @typedef {{ at: number, a: number, b: number }} Fingerprint `at`: how many bytes it covers, from the start */

/** @type {Fingerprint} */
export const EMPTY = { at: 0, a: 0x811c9dc5, b: 0x9e3779b9 }

/**
 * Return `print` extended over `file`, in whole blocks, until it covers at least `end` bytes.
 *
 * @param {Fingerprint} print
 * @param {File} file
 * @param {number} end
 * @param {AbortSignal} [signal]
 * @returns {Promise<Fingerprint>} Errors: a DOMException when the file cannot be read; an AbortError
 */
export async function extended(print, file, end, signal) {
  let current = print
  while (current.at < Math.min(end, file.size)) {
    signal?.throwIfAborted()
    current = mixed(current, await file.slice(current.at, current.at + BLOCK).arrayBuffer())
  }
  return current
}

/** Return whether `file` starts with the bytes that `print` covers. @param {File} file @param {Fingerprint} print */
export async function startsWith(file, print, signal) {
  const own = await extended(EMPTY, file, print.at, signal)
  return own.at === print.at && own.a === print.a && own.b === print.b
}

// FNV-1a over 32-bit words in two lanes: about a gigabyte a second. Each step is a bijection of the lane, so a
// difference in one word always shows.
function mixed({ at, a, b }, buffer) {
  const words = new Uint32Array(buffer, 0, buffer.byteLength >> 2)
  for (let index = 0; index < words.length; index++) {
    a = Math.imul(a ^ words[index], 0x01000193)
    a ^= a >>> 15
    b = Math.imul((b << 13) | (b >>> 19), 0x85ebca6b) ^ words[index]
  }
  for (const byte of new Uint8Array(buffer, words.byteLength)) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul((b << 13) | (b >>> 19), 0x85ebca6b) ^ byte
  }
  return { at: at + buffer.byteLength, a, b }
}
