import { live } from "./live.js"

const HIDDEN = 60_000 // milliseconds at least between two runs while the page is hidden

/** Resolve after `ms` (never, if that is Infinity), or as soon as one of `signals` aborts; never reject, and leave no listener on them. */
export function pause(ms, ...signals) {
  return new Promise((resolve) => {
    if (signals.some((signal) => signal.aborted)) return resolve()
    const done = () => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener("abort", done)
      resolve()
    }
    const timer = ms === Infinity ? 0 : setTimeout(done, ms)
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
 * page is hidden, at once when it is shown again. With a delay of Infinity it runs only when asked. Returns a function
 * that asks for a run now.
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
  document.addEventListener("visibilitychange", () => document.hidden || delay() === Infinity || wake(), { signal })
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

/**
 * Run `task` as `poll` does while no events come; while they do, only when asked, and when some may have been missed.
 * The caller asks when an event is about what `task` reads.
 *
 * @param {() => Promise<unknown>} task has to handle its own errors
 * @param {() => number} delay
 * @param {AbortSignal} signal
 */
export function follow(task, delay, signal) {
  const wake = poll(task, () => (live.value ? Infinity : delay()), signal)
  let isKnown = false
  live.watch(() => (isKnown ? wake() : (isKnown = true)), signal)
  return wake
}
