// Before and after: what is kept, what was dropped and why.

import { fill, h } from "../core/dom.js"
import { figures } from "./spans.js"
import { length, strings } from "./strings.js"

const text = strings.figures

/** @param {import("./model.js").Editing} editing */
export function figuresView(editing) {
  const whole = editing.length / editing.rate
  const kept = h("p.figures-kept")
  const bar = h("div.figures-bar", { "aria-hidden": "true" })
  const list = h("dl.figures-list")
  const node = h("section.cut-figures", { "aria-label": text.title }, kept, bar, list)
  const update = (dropped) => {
    const now = figures(editing, dropped)
    const seconds = (frames) => frames / editing.rate
    fill(
      kept,
      h("strong", {}, length(seconds(now.kept))),
      ` ${text.of(length(whole))} · ${text.joints(now.joints)}`,
    )
    fill(bar, part("kept", now.kept / editing.length), now.reasons.map(({ reason, frames }) => part(reason, frames / editing.length)))
    fill(
      list,
      now.reasons.map(({ reason, frames, count }) =>
        h(
          "div",
          { dataset: { reason } },
          h("dt", {}, strings.reasons[reason] ?? reason, h("span.hint", {}, ` ${text.dropped(count)}`)),
          h("dd", {}, length(seconds(frames))),
        ),
      ),
    )
  }
  return { node, update }
}

function part(reason, share) {
  return h("span", { dataset: { reason }, style: { width: `${(share * 100).toFixed(3)}%` } })
}
