// What the dropped span under the pointer or in focus is, and what was kept instead.

import { fill, h } from "../core/dom.js"
import { length, strings } from "./strings.js"

const text = strings.transcript
const GAP = 8 // pixels to the span, and to the edge of the window

/**
 * Show a note at the spans of `host`; screen readers have the same in the name of the span.
 *
 * @param {HTMLElement} host @param {(key: string) => { mark: any, seconds: number } | null} find
 */
export function tips(host, find) {
  const node = h("div.cut-tip", { "aria-hidden": "true", hidden: true })
  const show = ({ target }) => {
    const owner = target.closest?.("[data-key]")
    const found = owner && find(owner.dataset.key)
    node.hidden = !found
    if (!found) return
    const { mark, seconds } = found
    node.dataset.reason = mark.reason
    fill(
      node,
      h("strong", {}, `${strings.reasons[mark.reason] ?? mark.reason} · ${length(seconds)}`),
      mark.keptInstead && h("span", {}, text.keptInstead(mark.keptInstead)),
      h("span.hint", {}, mark.isDropped ? text.bringBack : text.dropAgain),
    )
    place(node, owner.getClientRects()[0])
  }
  const hide = () => (node.hidden = true)
  host.addEventListener("pointerover", show)
  host.addEventListener("focusin", show)
  host.addEventListener("pointerleave", hide)
  host.addEventListener("focusout", hide)
  host.addEventListener("scroll", hide, { passive: true })
  return { node, hide }
}

function place(node, near) {
  const { width, height } = node.getBoundingClientRect()
  const left = Math.max(GAP, Math.min(near.left, innerWidth - width - GAP))
  const below = near.bottom + GAP
  const top = below + height + GAP > innerHeight ? near.top - height - GAP : below
  node.style.setProperty("left", `${left}px`)
  node.style.setProperty("top", `${top}px`)
}
