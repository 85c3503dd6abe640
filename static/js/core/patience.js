// How often and how long to try again.

import { linked, pause } from "./wait.js"

const DELAYS = [500, 1000, 2000, 4000, 8000, 15_000] // milliseconds; the last one again and again
// Statuses worth another try; everything else the box says is final.
const PASSING = new Set([0, 408, 423, 425, 429, 500, 502, 503, 504, 507])

/** Waits after each failure, longer each time, until something succeeds. */
export class Patience {
  #failures = 0

  /**
   * @param {AbortSignal} signal
   * @param {(error: import("../api/client.js").ApiError) => void} onRetry before each wait
   */
  constructor(signal, onRetry) {
    this.signal = signal
    this.onRetry = onRetry
  }

  /** Something worked: the next failure is the first again. */
  succeeded() {
    this.#failures = 0
  }

  /** Wait before the next try. Errors: `error` itself if trying again is pointless; an AbortError. */
  async after(error) {
    this.signal.throwIfAborted()
    if (!PASSING.has(error.status) && error.code !== "offset_mismatch") throw error
    const delay = Math.max(DELAYS[Math.min(this.#failures, DELAYS.length - 1)], error.retryAfter * 1000)
    this.#failures += 1
    this.onRetry(error)
    await this.#backOnline(delay)
  }

  /** Run `task` until it gives something. */
  async keepTrying(task) {
    for (;;) {
      try {
        return await task()
      } catch (error) {
        await this.after(error)
      }
    }
  }

  /** Until the time is over or the browser says the network is back. */
  async #backOnline(delay) {
    const sleep = linked(this.signal)
    window.addEventListener("online", () => sleep.abort(), { signal: sleep.signal })
    await pause(delay, sleep.signal)
    sleep.abort()
    this.signal.throwIfAborted()
  }
}
