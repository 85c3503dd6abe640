// The event stream of this page: shared with the other tabs where the browser can, else its own.

import { address } from "../api/client.js"
import { announce, live } from "../core/live.js"
import { linked } from "../core/wait.js"
import { key } from "../session.js"
import { readStream } from "./stream.js"

const WORKER = new URL("./worker.js", import.meta.url).href

let connections = 0
let policy

/** Receive the events of the account until `signal` aborts. @param {AbortSignal} signal */
export function startLive(signal) {
  const source = { address: address("events").href, secret: key.value }
  signal.addEventListener("abort", () => live.set(0))
  try {
    share(source, signal)
  } catch {
    readAlone(source, signal)
  }
}

/** @param {import("./stream.js").Message} message */
function take(message) {
  if ("type" in message) announce(message.type, message.data)
  else if (!message.up) live.set(0)
  else if (message.gap || !live.value) live.set(++connections)
}

/** Receive events from the worker that all tabs share. Errors: any, where there are no such workers. */
function share(source, signal) {
  const worker = new SharedWorker(workerAddress(), { type: "module", name: "live" })
  worker.addEventListener("error", () => readAlone(source, signal), { once: true, signal })
  const { port } = worker
  port.onmessage = ({ data }) => signal.aborted || take(data)
  port.postMessage(source)
  const leave = () => port.postMessage(null)
  signal.addEventListener("abort", leave)
  window.addEventListener("pagehide", leave, { signal })
  // A page that comes back from the cache of the browser.
  window.addEventListener("pageshow", (event) => event.persisted && port.postMessage(source), { signal })
}

/** Return the address of the worker as one that may be loaded as a script. */
function workerAddress() {
  policy ??= globalThis.trustedTypes?.createPolicy("live-worker", { createScriptURL: () => WORKER })
  return policy?.createScriptURL("") ?? WORKER
}

/** Read a stream in this page, while it is visible: a browser has few connections for all its tabs. */
function readAlone(source, signal) {
  let reading = linked(signal)
  const follow = () => {
    reading.abort()
    reading = linked(signal)
    if (!document.hidden) readStream(source, take, reading.signal)
  }
  document.addEventListener("visibilitychange", follow, { signal })
  follow()
}
