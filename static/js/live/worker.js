// A worker that all pages of the console in a browser share: one event stream for each key, however many tabs.

import { readStream } from "./stream.js"

/** @type {Map<string, { ports: Set<MessagePort>, isUp: boolean, controller: AbortController }>} by key */
const streams = new Map()

self.addEventListener("connect", (event) => {
  const [port] = /** @type {MessageEvent} */ (event).ports
  port.onmessage = ({ data: source }) => {
    leave(port)
    if (source) join(port, source)
  }
})

/** @param {MessagePort} port @param {import("./stream.js").Source} source */
function join(port, source) {
  const known = streams.get(source.secret)
  if (known) {
    known.ports.add(port)
    if (known.isUp) port.postMessage({ up: true, gap: true })
    return
  }
  const stream = { ports: new Set([port]), isUp: false, controller: new AbortController() }
  streams.set(source.secret, stream)
  const take = (message) => {
    stream.isUp = message.up ?? stream.isUp
    for (const each of stream.ports) each.postMessage(message)
  }
  readStream(source, take, stream.controller.signal)
}

function leave(port) {
  for (const [secret, { ports, controller }] of streams) {
    ports.delete(port)
    if (ports.size) continue
    controller.abort()
    streams.delete(secret)
  }
}
