// The panel of uploads in the corner of every view.

import { fill, h, keyedList, setText } from "../core/dom.js"
import { place } from "../core/router.js"
import { strings } from "../strings.js"
import { choose } from "../upload/pick.js"
import { dismissFinished, totals, uploads } from "../upload/list.js"
import * as queue from "../upload/queue.js"
import { iconButton, setIcon } from "../ui/controls.js"
import { toast } from "../ui/toast.js"
import { offerLookalikes } from "./lookalikes.js"
import { uploadRow } from "./upload-row.js"

const text = strings.upload

/** @param {AbortSignal} signal */
export function uploadPanel(signal) {
  const title = h("strong")
  const facts = h("span.upload-facts")
  const bar = h("progress", { max: 1, value: 0, "aria-label": text.progressOfAll })
  const pauseButton = iconButton({ label: text.pauseAll, icon: "pause" })
  const clearButton = iconButton({ label: text.clear, icon: "close", onclick: dismissFinished })
  const collapseButton = iconButton({ label: text.collapse, icon: "chevronDown" })
  const offer = h("div.upload-offer", { hidden: true })
  const list = h("ul.upload-list", { id: "upload-list" })
  const panel = h(
    "section.uploads",
    { "aria-label": text.panel, hidden: true },
    h("header", {}, h("div.upload-title", {}, title, facts), pauseButton, clearButton, collapseButton),
    bar,
    offer,
    list,
  )

  let isCollapsed = false
  const collapse = (next) => {
    isCollapsed = next
    panel.classList.toggle("is-collapsed", isCollapsed)
    collapseButton.setAttribute("aria-expanded", String(!isCollapsed))
    collapseButton.title = isCollapsed ? text.expand : text.collapse
    collapseButton.setAttribute("aria-label", collapseButton.title)
  }
  collapseButton.setAttribute("aria-controls", list.id)
  collapseButton.addEventListener("click", () => collapse(!isCollapsed))
  collapse(false)
  pauseButton.addEventListener("click", () =>
    uploads.value.some((upload) => upload.isBusy) ? queue.pauseAll() : queue.resumeAll(),
  )

  const showRows = keyedList(list, (upload) => upload.key, uploadRow)
  let known = 0
  uploads.watch((all) => {
    panel.hidden = !all.length
    document.body.classList.toggle("has-uploads", all.length > 0)
    if (all.length > known) collapse(false)
    known = all.length
    showRows(all)
    showTotals()
    showOffer()
  }, signal)
  // Finished uploads do not cover the next view.
  place.watch(
    () => uploads.value.some((upload) => upload.isUnfinished || upload.status === "preparing") || collapse(true),
    signal,
  )

  function showTotals() {
    const all = totals()
    const busy = uploads.value.some((upload) => upload.isBusy)
    setText(title, headline())
    setText(facts, busy ? text.facts(all) : "")
    bar.hidden = all.count === 0
    bar.value = all.size ? all.sent / all.size : 0
    pauseButton.hidden = !busy && !uploads.value.some((upload) => upload.status === "paused")
    setIcon(pauseButton, busy ? "pause" : "play", busy ? text.pauseAll : text.resumeAll)
    // Next to a running upload a cross would look like its cancel button.
    clearButton.hidden = uploads.value.some((upload) => upload.isUnfinished || upload.status === "preparing")
  }

  function showOffer() {
    const lost = uploads.value.filter((upload) => upload.status === "lost").length
    if (offer.dataset.lost === String(lost)) return
    offer.dataset.lost = String(lost)
    offer.hidden = lost === 0
    if (lost) {
      fill(
        offer,
        h("p", {}, text.offer(lost)),
        h("button.button.is-small.is-primary", { type: "button", onclick: chooseLost }, text.chooseAgain(lost)),
      )
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

/** Choose the files of interrupted uploads again; others are reported, not sent. */
async function chooseLost() {
  const { files } = await choose()
  const { others } = await offerLookalikes(files)
  const lost = uploads.value.filter((upload) => upload.status === "lost")
  const matching = others.filter((file) => lost.some((upload) => upload.isOf(file)))
  if (matching.length < others.length) toast(text.noMatch(others.length - matching.length), { kind: "error" })
  queue.enqueue(matching, "")
}
