// The player of an asset, or why there is none yet.

import { fileAddress } from "../api/client.js"
import { listAssets, pages, readAsset } from "../api/resources.js"
import { fill, h, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { shortcuts } from "../core/shortcuts.js"
import { live, onEvents } from "../core/live.js"
import { follow } from "../core/wait.js"
import { balance, refreshBalance } from "../data/balance.js"
import { price } from "../data/price.js"
import { strings } from "../strings.js"
import * as tus from "../tus.js"
import { uploads } from "../upload/list.js"
import { choose } from "../upload/pick.js"
import { enqueueFor } from "../upload/queue.js"
import { button, command, emptyState } from "../ui/controls.js"
import { player } from "../ui/player.js"
import { toastError } from "../ui/toast.js"

const INTERVAL = 5000 // milliseconds between two reads of what is missing
const text = strings.asset

/** @param {import("../api/resources.js").Asset} asset @param {AbortSignal} signal aborts with the state of the asset */
export function makeStage(asset, signal) {
  switch (asset.state) {
    case "ready":
      return makePlayer(asset, signal)
    case "pending_upload":
      return incomplete(asset, signal)
    case "processing":
      return emptyState({
        icon: asset.type === "audio" ? "wave" : "film",
        title: text.preparing,
        text: text.preparingText,
      })
    case "pending_payment":
      return unpaid(asset, signal)
    default:
      return emptyState({ icon: "alert", title: text.failed, text: `${asset.error_message ?? ""} ${text.notCharged}` })
  }
}

function makePlayer(asset, signal) {
  let address = asset.download_url
  const freshAddress = async () => {
    // The first address came with the asset.
    const given = address ?? (await readAsset(asset.id, signal)).download_url
    address = null
    return fileAddress(given)
  }
  const { node, actions } = player(asset, freshAddress, signal)
  shortcuts(actions, signal)
  return node
}

function incomplete(asset, signal) {
  const bar = h("progress", { max: 1, value: 0, "aria-label": text.received })
  const figures = h("p.figures")
  const onclick = () => continueUpload(asset)
  const resume = button({ label: text.chooseFile, icon: "upload", kind: "primary", onclick })
  const element = emptyState({ icon: "upload", title: text.incomplete, text: text.incompleteText, actions: [resume] })
  element.insertBefore(h("div.received", {}, bar, figures), element.lastElementChild)
  const show = (sent, size) => {
    bar.value = size ? sent / size : 0
    setText(figures, `${format.percent(sent, size)} · ${strings.upload.of(format.size(sent), format.size(size))}`)
  }
  const own = () => uploads.value.find((upload) => upload.assetId === asset.id)
  uploads.watch(() => {
    const upload = own()
    resume.hidden = Boolean(upload?.isBusy)
    if (upload) show(upload.sent, upload.size)
  }, signal)
  let size = null
  const refresh = async () => {
    if (own()?.isBusy) return
    const { offset, length } = await tus.readStatus(asset.id, signal)
    size = length
    show(offset, length)
  }
  follow(refresh, () => INTERVAL, signal)
  onEvents(
    "asset",
    (change, { id, progress }) => {
      if (change === "progress" && id === asset.id && size && !own()?.isBusy) show(Math.round(progress * size), size)
    },
    signal,
  )
  return element
}

async function continueUpload(asset) {
  const { files } = await choose({ multiple: false })
  if (files.length) await enqueueFor(asset, files[0]).catch(toastError)
}

/** Show what is missing, and the command to top it up. */
function unpaid(asset, signal) {
  const cost = price(asset.duration_seconds)
  const sentence = h("p")
  const remedy = h("div.remedy")
  const element = emptyState({ icon: "coins", title: text.unpaid, text: "" })
  element.append(sentence, remedy)
  const update = async () => {
    if (!live.value) await refreshBalance()
    const older = await owedBefore(asset, signal)
    const missing = Math.max(1, cost + older - balance.value)
    setText(sentence, text.unpaidText(cost, balance.value, older))
    fill(remedy, h("p", {}, text.topUp), command(`roughy-box topup ${missing}`), h("p.hint", {}, text.topUpHint))
  }
  const wake = follow(update, () => INTERVAL, signal)
  onEvents("balance", wake, signal)
  onEvents("asset", (change, { state }) => change !== "progress" && state === "pending_payment" && wake(), signal)
  return element
}

/** Return the cost of the assets that have waited longer: a top-up pays for them first. */
async function owedBefore(asset, signal) {
  let owed = 0
  for await (const { items } of pages((offset) => listAssets({ state: "pending_payment", offset }, signal))) {
    for (const each of items) if (each.created_at < asset.created_at) owed += price(each.duration_seconds)
  }
  return owed
}
