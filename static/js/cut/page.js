// The cuts of an asset: a form for a new one, its progress, and the editor of each version.

import { createCut, deleteCut, listCuts, pages, readAsset, readCut, readPlan } from "../api/resources.js"
import { fill, h, setText } from "../core/dom.js"
import { go, href, replace } from "../core/router.js"
import { onEvents } from "../core/live.js"
import { follow, linked } from "../core/wait.js"
import { findProject, projects } from "../data/projects.js"
import { titleOf } from "../data/title.js"
import { strings as shared } from "../strings.js"
import { button, emptyState, iconButton, select } from "../ui/controls.js"
import { confirmDanger } from "../ui/dialog.js"
import { icon } from "../ui/icons.js"
import { menu } from "../ui/menu.js"
import { loadStyle } from "../ui/style.js"
import { toast, toastError } from "../ui/toast.js"
import { assetTabs } from "../views/asset-tabs.js"
import { forgetDraft } from "./draft.js"
import { Editor } from "./editor.js"
import { showExports } from "./exports.js"
import { cutForm } from "./form.js"
import { progressView } from "./progress.js"
import { strings } from "./strings.js"

const QUICK = 1000 // milliseconds between two reads while it is being cut
const NEW = "new"
const ENDED = new Set(["completed", "failed"])

/** @param {import("../main.js").ViewContext} context */
export async function show({ root, params, signal }) {
  await loadStyle("css/cut.css")
  const head = makeHead(params.asset)
  const body = h("div.cut-body", { "aria-busy": "true" })
  fill(root, h("article.cut-page", {}, head.node, body))
  try {
    const asset = await readAsset(params.asset, signal)
    head.showAsset(asset, signal)
    if (asset.state !== "ready") return void fill(body, notReady(asset))
    const cuts = await allCuts(asset.id, signal)
    if (!params.cut && cuts.length) return replace(pathOf(asset.id, cuts[0].id))
    const context = { asset, cuts, head, body, signal, cutId: params.cut }
    if (!params.cut || params.cut === NEW) showForm(context)
    else showCut(context)
  } catch (error) {
    if (signal.aborted) return
    fill(body, error.status === 404 || error.status === 422 ? gone(params.asset) : unreadable(error))
  } finally {
    body.removeAttribute("aria-busy")
  }
}

function makeHead(assetId) {
  const crumb = h("a.crumb", {}, icon("arrowLeft"), h("span"))
  const title = h("h1", { dir: "auto" })
  const tools = h("div.view-actions")
  const node = h("header.cut-head", {}, crumb, h("div.view-head", {}, title, assetTabs(assetId, "cut"), tools))
  return {
    node,
    tools,
    showAsset(asset, signal) {
      setText(title, titleOf(asset))
      document.title = strings.pageTitle(titleOf(asset))
      crumb.href = href(`/projects/${asset.project_id}`)
      projects.watch(() => setText(crumb.lastChild, findProject(asset.project_id)?.name ?? shared.projects.one), signal)
    },
  }
}

function showForm({ asset, cuts, head, body }, previous = cuts.find((cut) => !cut.by_hand) ?? {}) {
  const submit = async (wish) => {
    const cut = await createCut({ asset_id: asset.id, ...wish })
    go(pathOf(asset.id, cut.id))
  }
  const back = cuts.length && h("a.button", { href: href(pathOf(asset.id, cuts[0].id)) }, strings.form.back)
  fill(head.tools)
  fill(body, cutForm(previous, submit, back ? [back] : []))
}

/** Follow a cut until it has ended, then show it. */
function showCut(context) {
  const { cutId, head, body, signal } = context
  const following = linked(signal)
  let progress = null
  const refresh = async () => {
    try {
      update(await readCut(cutId, following.signal))
    } catch (error) {
      if (error.isNetwork || following.signal.aborted) return
      following.abort()
      fill(body, error.status === 404 || error.status === 422 ? gone(context.asset.id) : unreadable(error))
    }
  }
  const update = (cut) => {
    if (following.signal.aborted) return
    context.cut = cut
    if (ENDED.has(cut.state)) {
      following.abort()
      if (cut.state === "failed") showFailure(context)
      else showEditor(context).catch(failed(context))
      return
    }
    if (!progress) {
      progress = progressView(() => stop(context))
      fill(head.tools, versionSelect(context))
      fill(body, progress.node)
    }
    progress.update(cut)
  }
  const wake = follow(refresh, () => QUICK, following.signal)
  onEvents(
    "cut",
    (change, cut) => {
      if (cut.id !== cutId) return
      if (change === "progress") update(cut)
      else wake()
    },
    following.signal,
  )
}

function failed({ body, signal }) {
  return (error) => signal.aborted || fill(body, unreadable(error))
}

async function showEditor(context) {
  const { asset, cut, head, body, signal } = context
  const plan = await readPlan(cut.id, signal)
  if (signal.aborted) return
  let editor = null
  const open = () => showExports(asset, cut.id, editor.isChanged, signal)
  const save = async (segments) => {
    const saved = await createCut({ asset_id: asset.id, segments, based_on: cut.id })
    const isKnown = context.cuts.some((each) => each.id === saved.id)
    toast(strings.saved(context.cuts.length + (isKnown ? 0 : 1)))
    go(pathOf(asset.id, saved.id))
  }
  const leave = () => go(`/assets/${asset.id}`)
  editor = new Editor(asset, cut, plan, { save, leave, showExports: open }, signal)
  const more = iconButton({ label: strings.more, icon: "more" })
  menu(more, () => [
    { label: strings.newCut, icon: "scissors", onselect: () => go(pathOf(asset.id, NEW)) },
    "line",
    { label: strings.deleteVersion, icon: "trash", danger: true, onselect: () => remove(context) },
  ])
  fill(
    head.tools,
    editor.tools,
    versionSelect(context),
    button({ label: strings.exports.action, icon: "download", onclick: open }),
    editor.saveButton,
    more,
  )
  fill(body, editor.node)
}

function versionSelect({ asset, cuts, cut, cutId }) {
  const all = cuts.some((each) => each.id === cutId) ? cuts : [cut, ...cuts]
  return select({
    label: strings.versions,
    options: all.map((each, index) => [each.id, strings.version(all.length - index, each.id === cutId ? cut : each)]),
    value: cutId,
    onchange: (event) => go(pathOf(asset.id, event.target.value)),
  })
}

function showFailure(context) {
  const { asset, cut, head, body } = context
  fill(head.tools, versionSelect(context))
  const again = async () => {
    const { script, options } = cut
    const next = await createCut({ asset_id: asset.id, script, options })
    if (next.id === cut.id) showCut(context)
    else go(pathOf(asset.id, next.id))
  }
  fill(
    body,
    emptyState({
      icon: "alert",
      title: strings.failed.title,
      text: `${cut.error_message ?? ""} ${strings.failed.advice[cut.error_code] ?? ""}`,
      actions: [
        button({ label: strings.failed.again, kind: "primary", onclick: () => again().catch(toastError) }),
        button({ label: strings.failed.otherOptions, onclick: () => showForm(context, cut) }),
      ],
    }),
  )
}

async function stop({ asset, cutId }) {
  await deleteCut(cutId)
  toast(strings.progress.stopped)
  leaveCut(asset.id)
}

async function remove({ asset, cuts, cutId }) {
  const version = cuts.length - cuts.findIndex((each) => each.id === cutId)
  const done = await confirmDanger({
    title: strings.deleteTitle(version),
    text: strings.deleteText,
    confirm: strings.deleteConfirm,
    submit: () => deleteCut(cutId),
  })
  if (!done) return
  forgetDraft(cutId)
  toast(strings.deleted(version))
  leaveCut(asset.id)
}

function leaveCut(assetId) {
  go(`/assets/${assetId}/cut`)
}

function notReady(asset) {
  return emptyState({
    icon: "scissors",
    title: strings.notReady,
    text: strings.notReadyText,
    actions: [h("a.button", { href: href(`/assets/${asset.id}`) }, strings.toPreview)],
  })
}

function gone(assetId) {
  return emptyState({
    icon: "search",
    title: strings.gone,
    text: strings.goneText,
    actions: [h("a.button", { href: href(`/assets/${assetId}/cut`) }, strings.openCuts)],
  })
}

function unreadable(error) {
  const retry = button({ label: strings.retry, onclick: () => location.reload() })
  return emptyState({ icon: "alert", title: strings.unreadable, text: error.message, actions: [retry] })
}

async function allCuts(assetId, signal) {
  const found = []
  for await (const page of pages((offset) => listCuts({ asset_id: assetId, offset }, signal))) found.push(...page.items)
  return found
}

function pathOf(assetId, cutId) {
  return `/assets/${assetId}/cut/${cutId}`
}
