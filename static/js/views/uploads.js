// The uploads: a panel at the corner of every view.

import { fill, h, keyedList, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { href, place } from "../core/router.js"
import { price } from "../data/balance.js"
import { strings } from "../strings.js"
import { choose } from "../upload/pick.js"
import { dismiss, dismissFinished, totals, uploads } from "../upload/list.js"
import * as queue from "../upload/queue.js"
import { iconButton, setIcon } from "../ui/controls.js"
import { toast, toastError } from "../ui/toast.js"

const text = strings.upload
// A file the box knows for no media, or one that has no bytes, is not worth sending again.
const POINTLESS = new Set(["unsupported_media", "too_small", "validation_error"])

/** @param {AbortSignal} signal */
export function uploadPanel(signal) {
  const title = h("strong")
  const facts = h("span.upload-facts")
  const bar = h("progress", { max: 1, value: 0, "aria-label": text.progressOfAll })
  const pauseButton = iconButton({ label: text.pauseAll, icon: "pause" })
  const clearButton = iconButton({ label: text.clear, icon: "check", onclick: dismissFinished })
  const foldButton = iconButton({ label: text.fold, icon: "chevronDown" })
  const offer = h("div.upload-offer", { hidden: true })
  const list = h("ul.upload-list", { id: "upload-list" })
  const panel = h(
    "section.uploads",
    { "aria-label": text.panel, hidden: true },
    h("header", {}, h("div.upload-title", {}, title, facts), pauseButton, clearButton, foldButton),
    bar,
    offer,
    list,
  )

  let folded = false
  const fold = (next) => {
    folded = next
    panel.classList.toggle("is-folded", folded)
    foldButton.setAttribute("aria-expanded", String(!folded))
    foldButton.title = folded ? text.unfold : text.fold
    foldButton.setAttribute("aria-label", foldButton.title)
  }
  foldButton.setAttribute("aria-controls", list.id)
  foldButton.addEventListener("click", () => fold(!folded))
  fold(false)
  pauseButton.addEventListener("click", () =>
    uploads.value.some((upload) => upload.isBusy) ? queue.pauseAll() : queue.resumeAll(),
  )

  const showRows = keyedList(list, (upload) => upload.key, uploadRow)
  let known = 0
  uploads.watch((all) => {
    panel.hidden = !all.length
    document.body.classList.toggle("has-uploads", all.length > 0)
    if (all.length > known) fold(false)
    known = all.length
    showRows(all)
    showTotals()
    showOffer()
  }, signal)
  // What is over does not lie on the next view.
  place.watch(() => uploads.value.some((upload) => upload.isUnfinished || upload.status === "preparing") || fold(true), signal)

  function showTotals() {
    const all = totals()
    const busy = uploads.value.some((upload) => upload.isBusy)
    setText(title, headline())
    setText(facts, busy ? text.facts(all) : "")
    bar.hidden = all.count === 0
    bar.value = all.size ? all.sent / all.size : 0
    pauseButton.hidden = !busy && !uploads.value.some((upload) => upload.status === "paused")
    setIcon(pauseButton, busy ? "pause" : "play", busy ? text.pauseAll : text.resumeAll)
    clearButton.hidden = !uploads.value.some((upload) => upload.status === "done" || upload.status === "failed")
  }

  function showOffer() {
    const lost = uploads.value.filter((upload) => upload.status === "lost").length
    if (offer.dataset.lost === String(lost)) return
    offer.dataset.lost = String(lost)
    offer.hidden = lost === 0
    if (lost) {
      fill(offer, h("p", {}, text.offer(lost)), h("button.button.is-small.is-primary", { type: "button", onclick: chooseLost }, text.chooseAgain(lost)))
    }
  }
  return panel
}

function headline() {
  const open = uploads.value.filter((upload) => upload.isBusy).length
  if (open) return text.uploading(open)
  const waiting = uploads.value.filter((upload) => upload.isUnfinished).length
  if (waiting) return text.unfinished(waiting)
  if (uploads.value.some((upload) => upload.status === "preparing")) return text.preparing
  return text.finished
}

/** The files of a former page, chosen again: what fits none of them is said, not sent. */
async function chooseLost() {
  const { files } = await choose()
  const lost = uploads.value.filter((upload) => upload.status === "lost")
  const fitting = files.filter((file) => lost.some((upload) => upload.isOf(file)))
  if (fitting.length < files.length) toast(text.noMatch(files.length - fitting.length), { kind: "error" })
  queue.enqueue(fitting, "")
}

/** @param {import("../upload/upload.js").Upload} upload */
function uploadRow(upload) {
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
    // The button in focus made way for its opposite; the focus goes to that.
    if (active) actions.querySelector("button")?.focus()
  }
  return { node, update }
}

function showName(node, upload) {
  const isThere = Boolean(upload.asset)
  if (isThere && !node.querySelector("a")) fill(node, h("a", { href: href(`/assets/${upload.assetId}`) }, upload.name))
  else if (!isThere) setText(node, upload.name)
}

function buttons(upload) {
  const pause = () => iconButton({ label: text.pause(upload.name), icon: "pause", onclick: () => queue.pause(upload) })
  const resume = (label) => iconButton({ label, icon: "play", onclick: () => queue.resume(upload) })
  const cancel = () =>
    iconButton({ label: text.cancel(upload.name), icon: "close", onclick: () => queue.cancel(upload).catch(toastError) })
  const dismiss = () => iconButton({ label: text.dismiss(upload.name), icon: "close", onclick: () => dismiss(upload) })
  const again = () => iconButton({ label: text.retry(upload.name), icon: "restore", onclick: () => queue.retry(upload) })
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
      return [cancel()]
    case "failed":
      return POINTLESS.has(upload.error?.code) ? [dismiss()] : [again(), dismiss()]
    case "done":
      return [dismiss()]
    default:
      return []
  }
}

/** How it stands with an upload, in a few words. */
function sentence(upload) {
  const { status, sent, size, meter, secondsLeft, error, asset } = upload
  const part = `${format.percent(sent, size)} · ${text.of(format.size(sent), format.size(size))}`
  switch (status) {
    case "queued":
      return sent ? `${text.queued} · ${part}` : `${text.queued} · ${format.size(size)}`
    case "sending":
      return [part, meter.speed && format.speed(meter.speed), secondsLeft && text.left(format.span(secondsLeft))].filter(Boolean).join(" · ")
    case "retrying":
      return `${error.message} ${text.tryingAgain}`
    case "paused":
      return `${text.paused} · ${part}`
    case "blocked":
      return strings.errors.noCredits
    case "lost":
      return error ? error.message : `${text.interrupted} · ${part}`
    case "preparing":
      return text.preparingOne
    case "failed":
      return explain(error)
    default:
      return outcome(asset)
  }
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
