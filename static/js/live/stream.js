// Reads the event stream of the box, in a page or in a worker that several pages share.

import { pause } from "../core/wait.js"

const SILENCE = 40_000 // milliseconds without a byte; the box sends a comment every 15 s
const FIRST_PAUSE = 500 // milliseconds before the first new try; each one is twice as long
const LONGEST_PAUSE = 5000

/**
 * @typedef {{ address: string, secret: string }} Source
 * @typedef {{ up: boolean, gap?: boolean } | { type: string, data: any }} Message `up`: events come now, or no longer;
 *   `gap`: some may have been missed
 */

/**
 * Read events until `signal` aborts or the key is refused; after an interruption, resume.
 *
 * @param {Source} source
 * @param {(message: Message) => void} take
 * @param {AbortSignal} signal
 */
export async function readStream({ address, secret }, take, signal) {
  let last = ""
  let failures = 0
  while (!signal.aborted) {
    let wait = 0
    const request = new AbortController()
    const abort = () => request.abort()
    signal.addEventListener("abort", abort)
    const silence = watchdog(abort)
    try {
      const headers = { Authorization: `Bearer ${secret}`, ...(last && { "Last-Event-ID": last }) }
      const response = await fetch(address, { headers, signal: request.signal, cache: "no-store", credentials: "omit" })
      wait = 1000 * Number(response.headers.get("Retry-After"))
      if (response.status === 401) break
      if (response.ok) {
        const start = response.headers.get("Last-Event-ID") ?? ""
        take({ up: true, gap: start !== last })
        last = start
        failures = 0
        for await (const { id, type, data } of eventsOf(response.body, silence.heard)) {
          last = id ?? last
          take({ type, data })
        }
      }
    } catch {
      // Ended, never begun, or silent: tried again.
    } finally {
      silence.end()
      signal.removeEventListener("abort", abort)
    }
    // One interruption is not worth mentioning: what was missed is sent once the stream is resumed.
    failures += 1
    if (failures > 1) take({ up: false })
    await pause(Math.max(wait, Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1))), signal)
  }
  take({ up: false })
}

/** Yield the events of a body (html.spec.whatwg.org, section 9.2.6); comments are only heard. */
async function* eventsOf(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    heard()
    const blocks = (rest + value).split("\n\n")
    rest = blocks.pop()
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)))
      if (fields.data) yield { id: fields.id, type: fields.event, data: JSON.parse(fields.data) }
    }
  }
}

/** Call `onSilence` when `heard` is not called for long. */
function watchdog(onSilence) {
  let timer = setTimeout(onSilence, SILENCE)
  const end = () => clearTimeout(timer)
  const heard = () => {
    end()
    timer = setTimeout(onSilence, SILENCE)
  }
  return { heard, end }
}
