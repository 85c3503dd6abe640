/**
 * An observable value.
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
     * Call `watcher` with the value now and after each change, until `signal` aborts.
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
