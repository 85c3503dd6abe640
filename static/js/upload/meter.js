const WINDOW = 8000 // milliseconds; long enough to be steady, short enough to be current

/** Measures the speed of a transfer. */
export class Meter {
  /** @type {{ at: number, sent: number }[]} */
  #samples = []

  /** @param {number} sent bytes so far */
  note(sent, at = performance.now()) {
    const last = this.#samples.at(-1)
    // The box received less than was sent: the samples are not valid.
    if (last && sent < last.sent) this.reset()
    this.#samples.push({ at, sent })
    while (this.#samples.length > 2 && at - this.#samples[0].at > WINDOW) this.#samples.shift()
  }

  reset() {
    this.#samples = []
  }

  /** Bytes per second; 0 while unknown. */
  get speed() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    const milliseconds = first ? last.at - first.at : 0
    return milliseconds < 300 ? 0 : ((last.sent - first.sent) / milliseconds) * 1000
  }
}
