// Changes that are not saved yet, kept in the browser until they are.

import { stored } from "../core/storage.js"

const DELAY = 300 // milliseconds

const storeOf = (cutId) => stored("localStorage", `cut.${cutId}`, null)

/** Forget the changes of a cut that is deleted. @param {string} cutId */
export function forgetDraft(cutId) {
  storeOf(cutId).set(null)
}

/**
 * @param {string} cutId
 * @param {AbortSignal} signal
 */
export function draftOf(cutId, signal) {
  const store = storeOf(cutId)
  let pending = null
  let timer = 0
  const write = () => {
    clearTimeout(timer)
    if (pending) store.set(pending())
    pending = null
  }
  window.addEventListener("pagehide", write, { signal })
  signal.addEventListener("abort", write)
  return {
    /** @returns {import("./model.js").Record | null} */
    read() {
      const record = store.get()
      return Array.isArray(record?.changes) && Number.isInteger(record.done) ? record : null
    },
    /** @param {() => import("./model.js").Record | null} record called a moment later */
    keep(record) {
      pending = record
      clearTimeout(timer)
      timer = setTimeout(write, DELAY)
    },
    clear() {
      clearTimeout(timer)
      pending = null
      store.set(null)
    },
  }
}
