/**
 * A JSON value in the browser's storage. Storage may be full, forbidden or hold nonsense: then it is
 * a convenience lost, never an error.
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
    /** @param {T | null} value null forgets it */
    set(value) {
      try {
        if (value === null) window[kind].removeItem(key)
        else window[kind].setItem(key, JSON.stringify(value))
      } catch {
        // Kept in memory by whoever asked; a reload will not know it.
      }
    },
  }
}
