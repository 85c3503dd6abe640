import { h } from "../core/dom.js"
import { strings } from "../strings.js"

/** Create the state of an asset: a dot and a word. @param {import("../api/resources.js").AssetState} state */
export function stateChip(state) {
  return h("span.state", { class: `is-${state}` }, strings.states[state] ?? state)
}
