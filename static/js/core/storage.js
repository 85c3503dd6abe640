/**
 * Return access to a JSON value in the browser's storage. If storage is full, forbidden or holds invalid JSON, only
 * the convenience is lost; it is never an error.
 *
 * @template T
 * @param {"localStorage" | "sessionStorage"} kind
 * @param {string} name
 * @param {T} fallback
 */
export function stored(kind, name, fallback) {
  const key = `roughy.${name}`
  return {
    /** @returns {T} */
    get() {
      try {
        return JSON.parse(window[kind].getItem(key)) ?? fallback
      } catch {
        return fallback
      }
    },
    /** @param {T | null} value null removes it */
    set(value) {
      try {
        if (value === null) window[kind].removeItem(key)
        else window[kind].setItem(key, JSON.stringify(value))
      } catch {
        // The caller keeps it in memory; a reload loses it.
      }
    },
  }
}
