// The newest cut and render of an asset in lists: their states, in words.

import { strings } from "../bulk/strings.js"
import { h, setText } from "../core/dom.js"

/** By state: the look of a state of an asset. */
const LOOKS = { pending: "pending_upload", processing: "processing", completed: "ready", failed: "failed" }

/**
 * @param {HTMLElement} holder
 * @param {import("../api/resources.js").Cut | undefined} cut
 * @param {import("../api/resources.js").Render | undefined} render
 */
export function showWork(holder, cut, render) {
  showOne(holder, "cut", cut)
  showOne(holder, "render", render)
}

function showOne(holder, kind, item) {
  let chip = holder.querySelector(`[data-kind=${kind}]`)
  if (!item) return void chip?.remove()
  if (!chip) {
    chip = h("span", { dataset: { kind } })
    if (kind === "cut") holder.prepend(chip)
    else holder.append(chip)
  }
  chip.className = `state is-${LOOKS[item.state]}`
  const reason = item.error_message ? `: ${item.error_message}` : ""
  setText(chip, workName(kind, item) + reason)
}

/** Name the state of a cut or a render, such as `Cutting 42%`. @param {"cut" | "render"} kind */
export function workName(kind, { state, progress }) {
  const name = strings.work[kind][state]
  return state === "processing" ? `${name} ${strings.progress(progress)}` : name
}
