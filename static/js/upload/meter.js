const WINDOW = 8000 // milliseconds looked back on; long enough to be calm, short enough to be true

/** The speed of a transfer, from how far it was when. */
export class Meter {
  /** @type {{ at: number, sent: number }[]} */
  #samples = []

  /** @param {number} sent bytes so far */
  note(sent, at = performance.now()) {
    const last = this.#samples.at(-1)
    // The box had less than was sent: what was measured does not count.
    if (last && sent < last.sent) this.reset()
    this.#samples.push({ at, sent })
    while (this.#samples.length > 2 && at - this.#samples[0].at > WINDOW) this.#samples.shift()
  }

  reset() {
    this.#samples = []
  }

  /** Bytes per second; 0 until it can be told. */
  get speed() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    const milliseconds = first ? last.at - first.at : 0
    return milliseconds < 300 ? 0 : ((last.sent - first.sent) / milliseconds) * 1000
  }
}
