// The sentences about many assets at once, and about the work on each.

import { isolated } from "../core/bidi.js"
import * as format from "../core/format.js"

const NAMED = 3 // assets that are named for one reason

export const strings = {
  label: "Selection",
  select: (name) => `Select ${name}`,
  selected: (count, all) => (count ? `${format.count(count)} of ${format.count(all)} selected` : "Nothing is selected"),
  deselected: (count) =>
    `${format.many(count, "asset is", "assets are")} no longer selected: the list does not show ${count === 1 ? "it" : "them"}.`,
  selectAll: "Select all",
  clear: "Clear the selection",
  cut: "Cut…",
  render: "Render…",
  delete: "Delete…",

  cutTitle: (count) => `Cut ${format.many(count, "recording", "recordings")}`,
  cutText:
    "Each is cut by its sound alone. A script belongs to one recording: to cut by a script, open that one.",
  cutConfirm: "Cut",
  renderTitle: (count) => `Render ${format.many(count, "recording", "recordings")}`,
  looking: "Looking for finished cuts…",
  renderText: (cut, whole) =>
    [
      cut && `Of ${format.many(cut, "recording", "recordings")}, the newest finished cut is rendered.`,
      whole && `${format.many(whole, "recording", "recordings")} without a finished cut will be rendered whole.`,
    ]
      .filter(Boolean)
      .join(" "),
  renderConfirm: "Render",
  deleteTitle: (count) => `Delete ${format.many(count, "asset", "assets")}?`,
  deleteText: "The assets, their files, cuts and renders are permanently deleted. Their cost is not refunded.",
  deleteConfirm: (count) => `Delete ${format.many(count, "asset", "assets")}`,

  running: {
    cut: (done, all) => `Starting cuts: ${format.count(done)} of ${format.count(all)}`,
    render: (done, all) => `Starting renders: ${format.count(done)} of ${format.count(all)}`,
    delete: (done, all) => `Deleting: ${format.count(done)} of ${format.count(all)}`,
  },
  stop: "Stop",
  dismiss: "Close this message",
  /** @param {import("./run.js").Job} job */
  result: ({ action, outcomes, left }) => {
    const of = (kind) => outcomes.filter((each) => each.kind === kind)
    const [started, known, failed] = [of("started"), of("known"), of("failed")]
    const whole = started.filter(({ isWhole }) => isWhole).length
    const parts = [
      (started.length || !outcomes.length) && strings.done[action](started.length),
      whole && `${format.count(whole)} of them of the whole recording`,
      known.length && `${format.many(known.length, "was", "were")} there already`,
      left && `${format.many(left, "was", "were")} left out`,
      failed.length && `${format.count(failed.length)} ${strings.failed[action]}: ${reasons(failed)}`,
    ]
    return `${parts.filter(Boolean).join(", ")}.`
  },
  done: {
    cut: (count) => `${format.many(count, "cut", "cuts")} started`,
    render: (count) => `${format.many(count, "render", "renders")} started`,
    delete: (count) => `${format.many(count, "asset", "assets")} deleted`,
  },
  failed: { cut: "could not be cut", render: "could not be rendered", delete: "could not be deleted" },

  work: {
    cut: { pending: "Cut waiting", processing: "Cutting", completed: "Cut ready", failed: "Cut failed" },
    render: { pending: "Render waiting", processing: "Rendering", completed: "Render ready", failed: "Render failed" },
  },
  progress: (share) => format.percent(share, 1),
}

/** Return names with their reasons, those of one reason together. @param {{ name: string, reason: string }[]} failed */
function reasons(failed) {
  const byReason = Map.groupBy(failed, ({ reason }) => reason)
  return [...byReason]
    .map(([reason, all]) => {
      const names = all.slice(0, NAMED).map(({ name }) => isolated(name))
      const more = all.length - names.length
      const others = more ? ` and ${format.many(more, "other", "others")}` : ""
      return `${names.join(", ")}${others}: ${reason.replace(/\.$/, "")}`
    })
    .join("; ")
}
