// All webhook endpoints of the account.

import { listEndpoints } from "../api/webhooks.js"
import { fill, h, keyedList, setText } from "../core/dom.js"
import { go, href } from "../core/router.js"
import { onEvents } from "../core/live.js"
import { follow } from "../core/wait.js"
import { strings as common } from "../strings.js"
import { button, emptyState, iconButton } from "../ui/controls.js"
import { icon } from "../ui/icons.js"
import { menu } from "../ui/menu.js"
import { addEndpoint, endpointMenu } from "./dialogs.js"
import { endpointState } from "./state.js"
import { strings as text } from "./strings.js"

const INTERVAL = 60_000 // milliseconds between two reads; they change by hand, or after days of failure

/** @typedef {import("../api/webhooks.js").Endpoint} Endpoint */

/** @param {import("../main.js").ViewContext} context */
export async function show({ root, signal }) {
  document.title = common.pageTitle(text.title)
  const holder = h("div.endpoints", { "aria-busy": "true" })
  const add = async () => {
    const made = await addEndpoint()
    if (made) go(`/webhooks/${made.id}`)
  }
  fill(
    root,
    h(
      "header.view-head",
      {},
      h("h1", {}, text.title),
      h("span.spacer"),
      button({ label: text.add, icon: "plus", kind: "primary", onclick: add }),
    ),
    h("p.view-text", {}, text.about),
    holder,
  )
  const rows = h("ul.endpoint-list")
  const showRows = keyedList(
    rows,
    (endpoint) => endpoint.id,
    (endpoint) => endpointRow(endpoint, () => wake()),
  )
  const refresh = async () => {
    try {
      const found = await listEndpoints(signal)
      showRows(found)
      if (!found.length) fill(holder, emptyState({ icon: "webhook", title: text.none, text: text.noneText }))
      else if (rows.parentElement !== holder) fill(holder, rows)
      holder.removeAttribute("aria-busy")
    } catch (error) {
      if (!signal.aborted && !rows.isConnected)
        fill(holder, emptyState({ icon: "alert", title: text.unreadable, text: error.message }))
    }
  }
  const wake = follow(refresh, () => INTERVAL, signal)
  // An endpoint is disabled when a delivery fails, of which no event tells.
  for (const kind of ["asset", "cut", "render"]) onEvents(kind, (change) => change !== "progress" && wake(), signal)
}

/** @param {Endpoint} endpoint */
function endpointRow(endpoint, done) {
  let current = endpoint
  const url = h("a.endpoint-url", { href: href(`/webhooks/${endpoint.id}`) })
  const description = h("span.endpoint-description")
  const events = h("span.endpoint-events")
  const state = h("span")
  const more = iconButton({ label: text.actionsOf(endpoint.url), icon: "more" })
  menu(more, () => endpointMenu(current, done))
  const update = (next) => {
    current = next
    setText(url, next.url)
    setText(description, next.description ?? "")
    setText(events, text.events(next.event_types.length))
    events.title = next.event_types.map((each) => text.types[each]).join("\n")
    fill(state, endpointState(next))
  }
  const names = h("span.endpoint-names", {}, url, description)
  return { node: h("li.endpoint", {}, icon("webhook"), names, events, state, more), update }
}
