/**
 * A value that can be watched.
 *
 * @template T
 * @param {T} value
 */
export function cell(value) {
  const watchers = new Set()
  return {
    get value() {
      return value
    },
    /** @param {T} next */
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const watcher of [...watchers]) watcher(value)
    },
    /**
     * Call with the value now and whenever it changes, until `signal` aborts.
     *
     * @param {(value: T) => void} watcher
     * @param {AbortSignal} [signal]
     */
    watch(watcher, signal) {
      if (signal?.aborted) return
      watchers.add(watcher)
      signal?.addEventListener("abort", () => watchers.delete(watcher))
      watcher(value)
    },
  }
}
