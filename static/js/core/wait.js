const HIDDEN = 60_000 // milliseconds at least between two runs while the page is hidden

/** Resolve after `ms`, or as soon as one of `signals` aborts; never reject, and leave no listener on them. */
export function pause(ms, ...signals) {
  return new Promise((resolve) => {
    if (signals.some((signal) => signal.aborted)) return resolve()
    const done = () => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener("abort", done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    for (const signal of signals) signal.addEventListener("abort", done)
  })
}

/** Return a controller that aborts with `signal`; it listens there until it is aborted itself. */
export function linked(signal) {
  const controller = new AbortController()
  if (signal.aborted) controller.abort()
  signal.addEventListener("abort", () => controller.abort(), { signal: controller.signal })
  return controller
}

/**
 * Run `task` again and again until `signal` aborts, `delay()` milliseconds apart; rarely while the
 * page is hidden, at once when it is shown again. Returns a function that asks for a run now.
 *
 * @param {() => Promise<unknown>} task has to handle its own errors
 * @param {() => number} delay
 * @param {AbortSignal} signal
 */
export function poll(task, delay, signal) {
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
      // A run was requested meanwhile: the result may be out of date.
      if (isWanted) continue
      sleep = new AbortController()
      await pause(document.hidden ? Math.max(HIDDEN, delay()) : delay(), signal, sleep.signal)
    }
  }
  run()
  return wake
}
