// One asset: player, properties, cost and actions.

import { fileAddress } from "../api/client.js"
import { deleteAsset, readAsset } from "../api/resources.js"
import { fill, h, setText } from "../core/dom.js"
import { go, href } from "../core/router.js"
import { shortcuts } from "../core/shortcuts.js"
import { follow, linked } from "../core/wait.js"
import { refreshBalance } from "../data/balance.js"
import { findProject, projects } from "../data/projects.js"
import { watchAsset } from "../data/store.js"
import { titleOf } from "../data/title.js"
import { strings } from "../strings.js"
import { button, copy, emptyState, iconButton } from "../ui/controls.js"
import { confirmDanger } from "../ui/dialog.js"
import { icon } from "../ui/icons.js"
import { saveFrom } from "../ui/save.js"
import { stateChip } from "../ui/state.js"
import { toast, toastError } from "../ui/toast.js"
import { factRows } from "./asset-facts.js"
import { makeStage } from "./asset-stage.js"
import { assetTabs } from "./asset-tabs.js"

const QUICK = 1200 // milliseconds between two reads while it is being prepared
const CALM = 5000
const STILL = 30_000
const DELAYS = { processing: QUICK, pending_upload: CALM, pending_payment: CALM }
const text = strings.asset

/** @param {import("../main.js").ViewContext} context */
export async function show({ root, params, signal }) {
  const id = params.asset
  fill(root, skeleton())
  /** @type {import("../api/resources.js").Asset | null} */
  let asset = null
  let page = null

  const refresh = async () => {
    try {
      asset = await readAsset(id, signal)
    } catch (error) {
      if (error.status === 404 || error.status === 422) return void fill(root, gone())
      if (!page && !signal.aborted)
        fill(root, emptyState({ icon: "alert", title: text.unreadable, text: error.message }))
      return
    }
    if (signal.aborted) return
    if (!page) {
      page = makePage(asset, signal)
      fill(root, page.node)
    }
    page.update(asset)
  }
  watchAsset(id, follow(refresh, () => DELAYS[asset?.state] ?? STILL, signal), signal)
  shortcuts(
    {
      Escape: () => asset && go(`/projects/${asset.project_id}`),
      c: () => asset && copy(asset.id),
      d: () => asset?.state === "ready" && download(asset),
      x: () => asset && go(`/assets/${id}/cut`),
    },
    signal,
  )
}

function makePage(first, signal) {
  const title = h("h1", { dir: "auto" })
  const state = h("span.asset-state")
  const stage = h("section.asset-stage", { "aria-label": text.stage })
  const facts = h("dl.facts")
  const crumb = h("a.crumb", { href: href(`/projects/${first.project_id}`) }, icon("arrowLeft"), h("span"))
  const downloadButton = button({
    label: text.download,
    icon: "download",
    kind: "primary",
    onclick: () => download(first),
  })
  const node = h(
    "article.asset-page",
    {},
    crumb,
    h(
      "header.view-head",
      {},
      title,
      state,
      assetTabs(first.id, "preview"),
      h(
        "div.view-actions",
        {},
        downloadButton,
        iconButton({ label: text.copyId, icon: "copy", onclick: () => copy(first.id) }),
        iconButton({ label: text.delete, icon: "trash", onclick: () => remove(first) }),
      ),
    ),
    h("div.asset-columns", {}, stage, h("section.card.asset-facts", {}, h("h2", {}, text.facts), facts)),
  )
  projects.watch(() => setText(crumb.lastChild, findProject(first.project_id)?.name ?? strings.projects.one), signal)

  let shown = null
  let staging = linked(signal)
  const update = (asset) => {
    const name = titleOf(asset)
    setText(title, name)
    document.title = strings.pageTitle(name)
    if (asset.state === shown) return
    shown = asset.state
    staging.abort()
    staging = linked(signal)
    downloadButton.hidden = asset.state !== "ready"
    fill(state, stateChip(asset.state))
    fill(stage, makeStage(asset, staging.signal))
    fill(facts, factRows(asset, staging.signal))
    if (asset.state === "ready") refreshBalance().catch(() => {})
  }
  return { node, update }
}

/** Have the browser save the file, from a fresh address. */
async function download(asset) {
  try {
    const { download_url: given } = await readAsset(asset.id)
    const url = new URL(fileAddress(given))
    url.searchParams.set("download", "1")
    saveFrom(url.href)
  } catch (error) {
    toastError(error)
  }
}

async function remove(asset) {
  const done = await confirmDanger({
    title: text.deleteTitle,
    text: text.deleteText(titleOf(asset)),
    confirm: text.deleteConfirm,
    submit: () => deleteAsset(asset.id),
  })
  if (!done) return
  toast(text.deleted(titleOf(asset)))
  go(`/projects/${asset.project_id}`)
}

function gone() {
  return emptyState({
    icon: "search",
    title: text.gone,
    text: text.goneText,
    actions: [h("a.button", { href: href("/assets") }, strings.shell.allAssets)],
  })
}

function skeleton() {
  return h(
    "div.asset-page",
    { "aria-hidden": "true" },
    h("span.skeleton.line.is-title"),
    h("div.asset-columns", {}, h("div.skeleton.stage-skeleton"), h("div.skeleton.facts-skeleton")),
  )
}
