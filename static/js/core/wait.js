/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener("abort", done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener("abort", done)
  })
}

/** A signal that aborts with any of `signals`, and its own `abort()`. */
export function linked(...signals) {
  const controller = new AbortController()
  for (const signal of signals) {
    if (signal?.aborted) controller.abort()
    signal?.addEventListener("abort", () => controller.abort(), { signal: controller.signal })
  }
  return controller
}

/**
 * Run `task` again and again until `signal` aborts, `delay()` milliseconds apart; rarely while the
 * page is hidden, at once when it is shown again. Returns a function that asks for a run now.
 *
 * @param {() => Promise<unknown>} task its errors are its own business
 * @param {() => number} delay
 * @param {AbortSignal} signal
 */
export function poll(task, delay, signal) {
  const HIDDEN = 60_000
  let sleep = new AbortController()
  let isWanted = false
  const wake = () => {
    isWanted = true
    sleep.abort()
  }
  document.addEventListener("visibilitychange", () => document.hidden || wake(), { signal })
  window.addEventListener("online", wake, { signal })
  const run = async () => {
    while (!signal.aborted) {
      isWanted = false
      await task().catch(() => {})
      // Somebody asked while it ran: what it found may be old.
      if (isWanted) continue
      sleep = linked(signal)
      await pause(document.hidden ? Math.max(HIDDEN, delay()) : delay(), sleep.signal)
    }
  }
  run()
  return wake
}
