import { Meter } from "./meter.js"

/**
 * queued: its turn comes. sending, retrying: under way. paused: by the person.
 * blocked: the balance is empty. lost: the page was reloaded, the file has to be chosen again.
 * preparing: all bytes are there. done: prepared, with whatever outcome. failed: see `error`.
 *
 * @typedef {"queued" | "sending" | "retrying" | "paused" | "blocked" | "lost" | "preparing" | "done" | "failed"} Status
 */

const RUNNING = new Set(["sending", "retrying"])
const UNFINISHED = new Set(["queued", "sending", "retrying", "paused", "blocked", "lost"])

let made = 0

/** One file on its way to the box. */
export class Upload {
  /** @type {Status} */
  status = "queued"
  sent = 0
  /** @type {import("../api/client.js").ApiError | null} why it waits or failed */
  error = null
  /** @type {import("../api/resources.js").Asset | null} as it was seen last, once all bytes are there */
  asset = null
  /** @type {Promise<import("../api/resources.js").Asset> | null} while the box is asked to make its asset */
  creation = null
  meter = new Meter()
  stopper = new AbortController()

  /**
   * @param {{ projectId: string, name: string, size: number, lastModified: number, file?: File, assetId?: string }} of
   */
  constructor({ projectId, name, size, lastModified, file, assetId }) {
    made += 1
    this.key = String(made)
    this.projectId = projectId
    this.name = name
    this.size = size
    this.lastModified = lastModified
    this.file = file ?? null
    this.assetId = assetId ?? null
  }

  /** @param {File} file @param {string} projectId */
  static of(file, projectId) {
    return new Upload({ projectId, name: file.name, size: file.size, lastModified: file.lastModified, file })
  }

  get isRunning() {
    return RUNNING.has(this.status)
  }

  get isUnfinished() {
    return UNFINISHED.has(this.status)
  }

  /** Whether a closed page would interrupt it. */
  get isBusy() {
    return this.isRunning || this.status === "queued"
  }

  /** Seconds until all bytes are there; null when nobody can tell. */
  get secondsLeft() {
    const { speed } = this.meter
    return speed > 0 ? (this.size - this.sent) / speed : null
  }

  /** Whether `file` is, by all one can see from outside, the file of this upload. */
  isOf(file) {
    return file.name === this.name && file.size === this.size && file.lastModified === this.lastModified
  }
}
