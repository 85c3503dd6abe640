// One upload in the panel: its status and its actions.

import { fill, h, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { href } from "../core/router.js"
import { price } from "../data/price.js"
import { strings } from "../strings.js"
import { dismiss, uploads } from "../upload/list.js"
import * as queue from "../upload/queue.js"
import { iconButton } from "../ui/controls.js"
import { toastError } from "../ui/toast.js"

const text = strings.upload
const LONG = 5000 // milliseconds after which a row explains what preparation waits for
// Sending these files again would fail again.
const POINTLESS = new Set(["unsupported_media", "too_small", "validation_error"])

/** @param {import("../upload/upload.js").Upload} upload */
export function uploadRow(upload) {
  const name = h("span.upload-name", { title: upload.name })
  const bar = h("progress", { max: upload.size, value: 0, "aria-label": text.progressOf(upload.name) })
  const status = h("span.upload-status")
  const actions = h("div.upload-actions")
  const node = h("li.upload", {}, h("div.upload-text", {}, name, bar, status), actions)
  let shown = ""
  const update = () => {
    showName(name, upload)
    bar.value = upload.sent
    bar.hidden = !upload.isUnfinished
    setText(status, sentence(upload))
    if (shown === upload.status) return
    shown = upload.status
    node.dataset.status = upload.asset?.state === "failed" ? "failed" : upload.status
    const active = actions.contains(document.activeElement)
    fill(actions, buttons(upload))
    // The button in focus was replaced by its opposite, which gets the focus.
    if (active) actions.querySelector("button")?.focus()
  }
  return { node, update }
}

function showName(node, upload) {
  const isLink = Boolean(upload.asset)
  if (isLink && !node.querySelector("a")) fill(node, h("a", { href: href(`/assets/${upload.assetId}`) }, upload.name))
  else if (!isLink) setText(node, upload.name)
}

function buttons(upload) {
  const pause = () => iconButton({ label: text.pause(upload.name), icon: "pause", onclick: () => queue.pause(upload) })
  const resume = (label) => iconButton({ label, icon: "play", onclick: () => queue.resume(upload) })
  const cancel = () =>
    iconButton({
      label: text.cancel(upload.name),
      icon: "close",
      onclick: () => queue.cancel(upload).catch(toastError),
    })
  const remove = () => iconButton({ label: text.dismiss(upload.name), icon: "close", onclick: () => dismiss(upload) })
  const again = () =>
    iconButton({ label: text.retry(upload.name), icon: "restore", onclick: () => queue.retry(upload) })
  switch (upload.status) {
    case "queued":
    case "sending":
    case "retrying":
      return [pause(), cancel()]
    case "paused":
      return [resume(text.resume(upload.name)), cancel()]
    case "blocked":
      return [resume(text.retry(upload.name)), cancel()]
    case "lost":
    case "comparing":
      return [cancel()]
    case "failed":
      return POINTLESS.has(upload.error?.code) ? [remove()] : [again(), remove()]
    case "done":
      return [remove()]
    default:
      return []
  }
}

/** Return the status of an upload in a few words. */
function sentence(upload) {
  const { status, sent, size, meter, secondsLeft, error, asset } = upload
  const part = `${format.percent(sent, size)} · ${text.of(format.size(sent), format.size(size))}`
  switch (status) {
    case "queued":
      return sent ? `${text.queued} · ${part}` : `${text.queued} · ${format.size(size)}`
    case "sending":
      return [part, meter.speed && format.speed(meter.speed), secondsLeft && text.left(format.span(secondsLeft))]
        .filter(Boolean)
        .join(" · ")
    case "retrying":
      return `${error.message} ${text.retrying}`
    case "paused":
      return `${text.paused} · ${part}`
    case "blocked":
      return strings.errors.noCredits
    case "lost":
      return error ? error.message : `${text.interrupted} · ${part}`
    case "comparing":
      return text.comparing
    case "preparing":
      return preparation(upload)
    case "failed":
      return explain(error)
    default:
      return outcome(asset)
  }
}

/** Return what a complete upload waits for, once its preparation takes long. */
function preparation(upload) {
  if (performance.now() - upload.sentAt < LONG) return text.preparingOne
  const before = uploads.value.filter((each) => each.status === "preparing" && each.sentAt < upload.sentAt).length
  return before ? text.preparingAfter(before) : text.preparingLong
}

function outcome(asset) {
  if (asset.state === "failed") return asset.error_message ?? strings.states.failed
  const length = format.duration(asset.duration_seconds)
  if (asset.state === "pending_payment") return text.unpaid(price(asset.duration_seconds))
  return text.ready(length)
}

function explain(error) {
  return strings.errors.byCode[error.code] ?? error.message
}
