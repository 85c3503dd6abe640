// When and how often to try again.

import { pause } from "./wait.js"

const DELAYS = [500, 1000, 2000, 4000, 8000, 15_000] // milliseconds; the last one repeats
// Statuses worth another try; all other refusals are final.
const TRANSIENT = new Set([0, 408, 423, 425, 429, 500, 502, 503, 504, 507])

/** The waits between failed tries, growing until one succeeds. */
export class Backoff {
  #failures = 0

  /**
   * @param {AbortSignal} signal
   * @param {(error: import("../api/client.js").ApiError) => void} onRetry called before each wait
   * @param {{ statuses?: Set<number>, most?: number }} [limits] those worth another try; the number of tries
   */
  constructor(signal, onRetry, { statuses = TRANSIENT, most = Infinity } = {}) {
    this.signal = signal
    this.onRetry = onRetry
    this.statuses = statuses
    this.most = most
  }

  /** Start again with the shortest wait: a try succeeded. */
  reset() {
    this.#failures = 0
  }

  /** Wait before the next try. Errors: `error` itself if another try is pointless; an AbortError. */
  async waitAfter(error) {
    this.signal.throwIfAborted()
    if (!this.#isWorthAnother(error)) throw error
    const delay = Math.max(DELAYS[Math.min(this.#failures, DELAYS.length - 1)], error.retryAfter * 1000)
    this.#failures += 1
    this.onRetry(error)
    await this.#sleep(delay)
  }

  #isWorthAnother({ status, code }) {
    return this.#failures + 1 < this.most && (this.statuses.has(status) || code === "offset_mismatch")
  }

  /** Run `task` until it succeeds, and return its result. Errors: those of `waitAfter`. */
  async retry(task) {
    for (;;) {
      try {
        return await task()
      } catch (error) {
        await this.waitAfter(error)
      }
    }
  }

  /** Sleep for `delay` milliseconds, or until the browser is online again. */
  async #sleep(delay) {
    const awake = new AbortController()
    window.addEventListener("online", () => awake.abort(), { signal: awake.signal })
    await pause(delay, this.signal, awake.signal)
    awake.abort()
    this.signal.throwIfAborted()
  }
}
