// The options of a cut: as fields of a form, and as the API takes them.

import { h } from "../core/dom.js"
import { select } from "../ui/controls.js"
import { strings } from "./strings.js"

const text = strings.form
const AIR = {
  tight: { pad_before: 0.04, pad_after: 0.06 },
  normal: { pad_before: 0.08, pad_after: 0.12 },
  wide: { pad_before: 0.15, pad_after: 0.25 },
}
const CHOICES = [
  ["remove", text.remove],
  ["keep", text.keep],
]

/**
 * Return the fields.
 *
 * @param {Partial<import("../api/resources.js").CutOptions>} options chosen at first
 * @param {{ withScript: boolean }} form whether a script can be given
 */
export function optionFields(options, { withScript }) {
  const choice = (label, name) => field(label, name, CHOICES, options[name] ?? "remove")
  const pauses = String(options.max_pause ?? 0.6)
  const isKnown = text.pauseChoices.some(([value]) => value === pauses)
  const pauseChoices = isKnown ? text.pauseChoices : [[pauses, `${pauses} s`], ...text.pauseChoices]
  const air = Object.keys(AIR).find((each) => AIR[each].pad_before === options.pad_before) ?? "normal"
  return h(
    "div.cut-options",
    {},
    choice(text.retakes, "retakes"),
    choice(text.fillers, "fillers"),
    withScript && choice(text.offScript, "off_script"),
    field(text.pauses, "max_pause", pauseChoices, pauses),
    field(text.air, "air", text.airChoices, air),
  )
}

function field(label, name, options, value) {
  return h(
    "div.field",
    {},
    h("span", { "aria-hidden": "true" }, label),
    select({ label, name, options, value }),
  )
}

/** Return the options that were chosen. @param {FormData} data */
export function optionsOf(data) {
  const { air, max_pause: pauses, retakes, fillers, off_script: offScript } = Object.fromEntries(data)
  return {
    retakes,
    fillers,
    ...(offScript && { off_script: offScript }),
    max_pause: Number(pauses),
    ...AIR[air],
  }
}
