import { h } from "../core/dom.js"
import { strings as text } from "./strings.js"

/** Create the state of an endpoint: a dot, and a word or why it is disabled. */
export function endpointState({ state, disabled_reason: reason }) {
  const tone = state === "enabled" ? "is-ready" : reason === "manual" ? "is-off" : "is-failed"
  return h("span.state", { class: tone }, state === "enabled" ? text.states.enabled : text.reasons[reason])
}

const TONES = { pending: "is-processing", delivered: "is-ready", failed: "is-failed" }

/** Create the state of a delivery. */
export function deliveryState({ state }) {
  return h("span.state", { class: TONES[state] }, text.deliveryStates[state])
}
