import { EMPTY } from "./fingerprint.js"
import { Meter } from "./meter.js"

/**
 * queued: waiting for its turn. sending, retrying: in progress. paused: by the user.
 * blocked: the balance is empty. lost: the page was reloaded, the file has to be chosen again.
 * comparing: a file chosen again is compared with what was sent. preparing: all bytes are sent.
 * done: prepared, with any outcome. failed: see `error`.
 *
 * @typedef {"queued" | "sending" | "retrying" | "paused" | "blocked" | "lost" | "comparing" | "preparing" | "done" |
 *   "failed"} Status
 */

const RUNNING = new Set(["sending", "retrying"])
const UNFINISHED = new Set(["queued", "sending", "retrying", "paused", "blocked", "lost", "comparing"])

let created = 0

/** One file being sent to the box. */
export class Upload {
  /** @type {Status} */
  status = "queued"
  sent = 0
  /** @type {import("../api/client.js").ApiError | null} why it waits or failed */
  error = null
  /** @type {import("../api/resources.js").Asset | null} as it was last read, once all bytes are sent */
  asset = null
  /** @type {Promise<import("../api/resources.js").Asset> | null} the request for its asset, while it runs */
  creation = null
  /** When the last byte was sent, by `performance.now()`. @type {number | null} */
  sentAt = null
  meter = new Meter()
  controller = new AbortController()

  /**
   * @param {{ projectId: string, name: string, size: number, lastModified: number, file?: File, assetId?: string,
   *   print?: import("./fingerprint.js").Fingerprint }} options
   */
  constructor({ projectId, name, size, lastModified, file, assetId, print }) {
    created += 1
    this.key = String(created)
    this.projectId = projectId
    this.name = name
    this.size = size
    this.lastModified = lastModified
    this.file = file ?? null
    this.assetId = assetId ?? null
    this.print = print ?? EMPTY
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

  /** True if closing the page would interrupt it. */
  get isBusy() {
    return this.isRunning || this.status === "queued"
  }

  /** True if the fingerprint covers all bytes sent, so that another file can be recognized. */
  get isComparable() {
    return this.print.at > 0 && this.print.at >= this.sent
  }

  /** The seconds until all bytes are sent; null while unknown. */
  get secondsLeft() {
    const { speed } = this.meter
    return speed > 0 ? (this.size - this.sent) / speed : null
  }

  /** Return whether `file` has the name, size and date of this upload's file. */
  isOf(file) {
    return file.name === this.name && file.size === this.size && file.lastModified === this.lastModified
  }

  /** Return whether `file` may be this upload's file under another date: phones make a fresh copy at each pick. */
  looksLike(file) {
    return file.name === this.name && file.size === this.size && this.isComparable
  }
}
