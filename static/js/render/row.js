// One render: its state, progress and actions.

import { fileAddress } from "../api/client.js"
import { createRender, deleteRender, readRender } from "../api/resources.js"
import { fill, h, setText } from "../core/dom.js"
import { href } from "../core/router.js"
import { iconButton } from "../ui/controls.js"
import { confirmDanger } from "../ui/dialog.js"
import { saveFrom } from "../ui/save.js"
import { toast, toastError } from "../ui/toast.js"
import { strings as text } from "./strings.js"

/**
 * @param {import("../api/resources.js").Render} first
 * @param {{ refresh: () => void, nameOf?: (render: any) => string }} options `nameOf`: of its recording, to be shown
 */
export function renderRow(first, { refresh, nameOf }) {
  const kind = text.kind(first.output)
  const title = nameOf ? h("a.render-name", { dir: "auto" }) : null
  const facts = h("span.render-facts")
  const bar = h("progress", { max: 1, value: 0, "aria-label": text.progressOf(kind) })
  const state = h("span.state")
  const actions = h("span.render-actions")
  const node = h(
    "li.render",
    {},
    h("span.render-text", {}, title, h("span.render-kind", {}, kind), facts, bar),
    state,
    actions,
  )
  let shown = ""
  const update = (render) => {
    if (title) {
      setText(title, nameOf(render))
      title.href = href(`/assets/${render.asset_id}${render.cut_id ? `/cut/${render.cut_id}` : ""}`)
    }
    const isOpen = render.state === "pending" || render.state === "processing"
    bar.hidden = !isOpen
    bar.value = render.progress
    setText(facts, factsOf(render))
    setText(state, `${text.states[render.state]}${render.state === "processing" ? ` ${text.progress(render.progress)}` : ""}`)
    if (shown === render.state) return
    shown = render.state
    node.dataset.state = render.state
    state.className = `state is-${STATES[render.state]}`
    const active = actions.contains(document.activeElement)
    fill(actions, buttons(render, kind, refresh))
    if (active) actions.querySelector("button")?.focus()
  }
  return { node, update }
}

const STATES = { pending: "processing", processing: "processing", completed: "ready", failed: "failed" }

function factsOf(render) {
  if (render.state === "failed") return render.error_message ?? ""
  if (render.state !== "completed") return ""
  return [text.facts(render), ...render.warnings.map(({ message }) => message)].join(" · ")
}

function buttons(render, kind, refresh) {
  const act = (work) => () => work().then(refresh, toastError)
  const { id, asset_id, cut_id, output } = render
  const again = () => createRender({ asset_id, ...(cut_id && { cut_id }), output: given(output) })
  switch (render.state) {
    case "completed":
      return [
        iconButton({ label: text.download(kind), icon: "download", onclick: act(() => download(id)) }),
        iconButton({ label: text.delete(kind), icon: "trash", onclick: act(() => remove(id, kind)) }),
      ]
    case "failed":
      return [
        iconButton({ label: text.again(kind), icon: "restore", onclick: act(again) }),
        iconButton({ label: text.delete(kind), icon: "trash", onclick: act(() => deleteRender(id)) }),
      ]
    default:
      return [iconButton({ label: text.cancel(kind), icon: "close", onclick: act(() => cancel(id)) })]
  }
}

/** Return an output without the values that were left to the box. */
function given(output) {
  return Object.fromEntries(Object.entries(output).filter(([, value]) => value !== null))
}

async function download(id) {
  const url = new URL(fileAddress((await readRender(id)).download_url))
  url.searchParams.set("download", "1")
  saveFrom(url.href)
}

async function cancel(id) {
  await deleteRender(id)
  toast(text.canceled)
}

async function remove(id, kind) {
  const done = await confirmDanger({
    title: text.deleteTitle(kind),
    text: text.deleteText,
    confirm: text.deleteConfirm,
    submit: () => deleteRender(id),
  })
  if (done) toast(text.deleted)
}
