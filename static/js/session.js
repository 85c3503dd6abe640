// The API key: in session storage, or in local storage if it is to be remembered.

import { cell } from "./core/cell.js"
import { stored } from "./core/storage.js"

const forSession = stored("sessionStorage", "key", null)
const remembered = stored("localStorage", "key", null)

/** The key in use, null when signed out. @type {ReturnType<typeof cell<string | null>>} */
export const key = cell(forSession.get() ?? remembered.get())

/** True if the last session ended because its key is no longer valid. */
export const wasRefused = cell(false)

/** @param {string} secret @param {boolean} remember */
export function signIn(secret, remember) {
  forSession.set(remember ? null : secret)
  remembered.set(remember ? secret : null)
  wasRefused.set(false)
  key.set(secret)
}

export function signOut(refused = false) {
  forSession.set(null)
  remembered.set(null)
  wasRefused.set(refused)
  key.set(null)
}

/** Return enough of the key to recognize it: `sk_…4f2a`. */
export function keyHint() {
  return key.value ? `sk_…${key.value.slice(-4)}` : ""
}
