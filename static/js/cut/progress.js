// A cut that is being made: its stage in words.

import { h, setText } from "../core/dom.js"
import { button } from "../ui/controls.js"
import { toastError } from "../ui/toast.js"
import { strings } from "./strings.js"

const text = strings.progress

/** @param {() => Promise<void>} stop */
export function progressView(stop) {
  const stage = h("p.cut-stage-name", { role: "status" })
  const bar = h("progress", { max: 1, value: 0, "aria-label": text.title })
  const node = h(
    "section.card.cut-progress",
    {},
    h("h2", {}, text.title),
    bar,
    stage,
    h("p.hint", {}, text.text),
    h("div.actions", {}, button({ label: text.stop, onclick: () => stop().catch(toastError) })),
  )
  /** @param {import("../api/resources.js").Cut} cut */
  const update = (cut) => {
    bar.value = cut.progress
    setText(stage, text.stages[cut.stage] ?? text.pending)
  }
  return { node, update }
}
