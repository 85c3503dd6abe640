// One webhook endpoint: what it gets, its state, and its recent deliveries.

import { listDeliveries, readEndpoint, retryDelivery } from "../api/webhooks.js"
import { fill, h, keyedList, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { href } from "../core/router.js"
import { live, onEvents } from "../core/live.js"
import { poll } from "../core/wait.js"
import { strings as common } from "../strings.js"
import { copy, emptyState, iconButton } from "../ui/controls.js"
import { icon } from "../ui/icons.js"
import { menu } from "../ui/menu.js"
import { toast, toastError } from "../ui/toast.js"
import { endpointMenu } from "./dialogs.js"
import { deliveryState, endpointState } from "./state.js"
import { strings as text } from "./strings.js"

const SHOWN = 50 // deliveries
const QUICK = 1500 // milliseconds between two reads while a delivery is due
const CALM = 10_000

/** @typedef {import("../api/webhooks.js").Delivery} Delivery */

/** @param {import("../main.js").ViewContext} context */
export async function show({ root, params, signal }) {
  const id = params.endpoint
  let page = null
  /** @type {Delivery[]} */
  let deliveries = []
  const refresh = async () => {
    try {
      const [endpoint, { items, total }] = await Promise.all([
        readEndpoint(id, signal),
        listDeliveries(id, SHOWN, signal),
      ])
      if (!page) {
        page = makePage(endpoint, () => wake())
        fill(root, page.node)
      }
      deliveries = items
      page.update(endpoint, items, total)
    } catch (error) {
      if (error.status === 404 || error.status === 422) fill(root, gone())
      else if (!page && !signal.aborted)
        fill(root, emptyState({ icon: "alert", title: text.unreadable, text: error.message }))
    }
  }
  const wake = poll(refresh, () => untilNext(deliveries), signal)
  // Events that are delivered; how that goes, no event says.
  for (const kind of ["asset", "cut", "render"])
    onEvents(kind, (change) => `${kind}.${change}` in text.types && wake(), signal)
}

/** Return the milliseconds until the deliveries may have changed. @param {Delivery[]} deliveries */
function untilNext(deliveries) {
  const due = deliveries.filter(({ state }) => state === "pending").map((each) => Date.parse(each.next_attempt_at))
  const wait = Math.max(QUICK, Math.min(...due) - Date.now())
  return live.value ? wait : Math.min(wait, CALM)
}

function makePage(first, done) {
  let current = first
  const title = h("h1")
  const state = h("span.asset-state")
  const description = h("p.view-text")
  const types = h("ul.endpoint-types")
  const more = iconButton({ label: text.actionsOf(first.url), icon: "more" })
  menu(more, () => endpointMenu(current, done))
  const holder = h("div.deliveries")
  const note = h("p.hint")
  const body = h("tbody")
  const showRows = keyedList(
    body,
    (delivery) => delivery.id,
    (delivery) => deliveryRow(first.id, delivery, done),
  )
  const table = h("table.table", {}, h("caption.visually-hidden", {}, text.deliveries), h("thead", {}, heads()), body)
  const node = h(
    "article.endpoint-page",
    {},
    h("a.crumb", { href: href("/webhooks") }, icon("arrowLeft"), h("span", {}, text.title)),
    h("header.view-head", {}, title, state, h("div.view-actions", {}, more)),
    description,
    types,
    h("h2", {}, text.deliveries),
    holder,
    note,
  )
  const update = (endpoint, items, total) => {
    current = endpoint
    document.title = common.pageTitle(endpoint.url)
    setText(title, endpoint.url)
    fill(state, endpointState(endpoint))
    setText(description, endpoint.description ?? "")
    fill(types, endpoint.event_types.map((each) => h("li.badge", { title: each }, text.types[each])))
    showRows(items)
    setText(note, total > items.length ? text.more(items.length, total) : "")
    if (!items.length) fill(holder, emptyState({ icon: "webhook", title: text.noDeliveries, text: text.noDeliveriesText }))
    else if (table.parentElement !== holder) fill(holder, table)
  }
  return { node, update }
}

function heads() {
  const { event, state, attempts, answer, at } = text.columns
  const names = [event, state, attempts, answer, at, h("span.visually-hidden", {}, text.columns.actions)]
  return h(
    "tr",
    {},
    names.map((each) => h("th", { scope: "col" }, each)),
  )
}

/** @param {Delivery} delivery */
function deliveryRow(endpointId, delivery, done) {
  const state = h("td")
  const attempts = h("td.is-number")
  const answer = h("td.delivery-answer")
  const at = h("time", { datetime: delivery.created_at, title: format.exactDate(delivery.created_at) })
  const onclick = async () => {
    try {
      await retryDelivery(endpointId, delivery.id)
      toast(text.retried)
    } catch (error) {
      toastError(error)
    }
    done()
  }
  const copyId = iconButton({ label: common.asset.copyId, icon: "copy", onclick: () => copy(delivery.id) })
  const retry = iconButton({ label: text.retry, icon: "restore", onclick })
  const update = (next) => {
    fill(state, deliveryState(next))
    setText(attempts, format.count(next.attempts))
    fill(answer, answerOf(next))
    setText(at, format.when(next.created_at))
  }
  const event = h("td", {}, h("span", { title: delivery.event_type }, text.types[delivery.event_type]), entity(delivery))
  const actions = h("td", {}, h("span.row-actions", {}, copyId, retry))
  return { node: h("tr", {}, event, state, attempts, answer, h("td", {}, at), actions), update }
}

/** Return a link to the asset of an event, or the id of what it is about. @param {Delivery} delivery */
function entity({ event_type: type, entity_id: id }) {
  const short = id.slice(-8)
  return type.startsWith("asset.")
    ? h("a.delivery-entity", { href: href(`/assets/${id}`), title: id }, short)
    : h("code.delivery-entity", { title: id }, short)
}

/** @param {Delivery} delivery */
function answerOf({ state, attempts, last_status: status, last_error: error, next_attempt_at: next }) {
  if (!attempts) return text.noAnswer
  return [
    h("span", {}, (state !== "delivered" && error) || text.status(status)),
    state === "pending" && next && h("span.hint", {}, text.next(format.timeOf(next))),
  ]
}

function gone() {
  return emptyState({
    icon: "search",
    title: text.gone,
    text: "",
    actions: [h("a.button", { href: href("/webhooks") }, text.title)],
  })
}
