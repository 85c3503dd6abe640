// The balance and the ledger.

import { fill, h, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { href } from "../core/router.js"
import { linked } from "../core/wait.js"
import { AssetNames } from "../data/asset-names.js"
import { balance, refreshBalance } from "../data/balance.js"
import { ledger, toCsv } from "../data/ledger.js"
import { strings } from "../strings.js"
import { button, command, emptyState, select } from "../ui/controls.js"
import { saveBlob } from "../ui/save.js"
import { toastError } from "../ui/toast.js"

const TYPES = ["consume_asset", "topup", "refund", "adjustment", "expiry"]
const text = strings.credits

/** @typedef {import("../data/ledger.js").Line} Line */

/** @param {import("../main.js").ViewContext} context */
export async function show({ root, signal }) {
  document.title = strings.pageTitle(text.title)
  const wanted = { type: "" }
  const figure = h("p.balance-figure")
  const enough = h("p.balance-text")
  const body = h("tbody", {}, skeletonRows())
  const holder = h("div.ledger", { "aria-busy": "true" }, table(body))
  const exportButton = button({
    label: text.exportCsv,
    icon: "download",
    onclick: () => exportCsv(wanted.type).catch(toastError),
  })
  const more = h("div.sentinel", { "aria-hidden": "true" })

  fill(
    root,
    h("header.view-head", {}, h("h1", {}, text.title)),
    h(
      "section.card.balance",
      { "aria-label": text.balance },
      h("div", {}, h("h2", {}, text.balance), figure, enough),
      h("div.balance-remedy", {}, h("p", {}, text.topUp), command("roughy-box topup 100"), h("p.hint", {}, text.price)),
    ),
    h(
      "div.toolbar",
      {},
      h("h2", {}, text.history),
      h("span.spacer"),
      select({
        label: text.filter,
        options: [["", text.allTypes], ...TYPES.map((each) => [each, text.types[each]])],
        value: "",
        onchange: (event) => {
          wanted.type = event.target.value
          draw()
        },
      }),
      exportButton,
    ),
    holder,
    more,
  )

  /** @type {Line[]} */
  let lines = []
  let session = linked(signal)
  let source = ledger(session.signal)
  let isComplete = false
  let reading = Promise.resolve()
  const names = new AssetNames(signal)

  balance.watch((left) => {
    setText(figure, left === null ? "" : format.count(left))
    setText(enough, left === null ? "" : text.enough(left))
  }, signal)
  refreshBalance().catch(() => {})

  /** Read one more page, and another one while the filter hides all of it. */
  const read = () => (reading = reading.then(readPage, readPage))
  async function readPage() {
    if (isComplete || signal.aborted) return
    const { value, done } = await source.next()
    if (signal.aborted) return
    isComplete = done || lines.length + value.lines.length >= value.total
    if (!done) lines = [...lines, ...value.lines]
    draw()
    if (!done) showNames(value.lines).catch(() => {}) // the ids lead to the assets as well
  }

  async function showNames(added) {
    await names.find(added.map((line) => line.asset_id).filter(Boolean))
    for (const link of body.querySelectorAll("a[data-asset]")) setText(link, names.get(link.dataset.asset) ?? text.asset)
  }

  function draw() {
    const shown = lines.filter((line) => !wanted.type || line.type === wanted.type)
    holder.removeAttribute("aria-busy")
    exportButton.disabled = !lines.length
    if (shown.length) {
      fill(
        body,
        shown.map((line) => row(line, names.get(line.asset_id))),
      )
      if (!holder.querySelector("table")) fill(holder, table(body))
    } else if (isComplete) {
      fill(holder, emptyState({ icon: "coins", title: text.none, text: wanted.type ? text.noneOfType : text.noneText }))
    } else read().catch(toastError)
  }

  // Read the ledger again when the balance changes.
  let last = balance.value
  balance.watch((left) => {
    if (last === null || left === last) return void (last = left)
    last = left
    lines = []
    isComplete = false
    session.abort()
    session = linked(signal)
    source = ledger(session.signal)
    read().catch(toastError)
  }, signal)

  new IntersectionObserver(([entry]) => entry.isIntersecting && read().catch(toastError), {
    rootMargin: "600px",
    scrollMargin: "600px",
  }).observe(more)
}

function table(body) {
  const heads = [text.columns.date, text.columns.what, text.columns.delta, text.columns.balance]
  return h(
    "table.table",
    {},
    h("caption.visually-hidden", {}, text.history),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        heads.map((each, index) => h("th", { scope: "col", class: index > 1 ? "is-number" : "" }, each)),
      ),
    ),
    body,
  )
}

/** @param {Line} line @param {string | null | undefined} name of its asset, once it is known */
function row(line, name) {
  const link = { href: href(`/assets/${line.asset_id}`), dir: "auto", "data-asset": line.asset_id }
  const asset = line.asset_id && h("a", link, name ?? text.asset)
  return h(
    "tr",
    {},
    h("td", {}, moment(line.created_at)),
    h("td.entry", {}, h("span.entry-type", {}, text.types[line.type] ?? line.type), asset),
    h("td.is-number", { class: line.delta > 0 ? "is-gain" : "" }, format.signed(line.delta)),
    h("td.is-number", {}, format.count(line.balance)),
  )
}

function moment(iso) {
  const parts = [h("span", {}, format.dayOf(iso)), h("span", {}, format.timeOf(iso))]
  return h("time", { datetime: iso, title: format.exactDate(iso) }, parts)
}

function skeletonRows() {
  return Array.from({ length: 6 }, () =>
    h(
      "tr",
      { "aria-hidden": "true" },
      Array.from({ length: 4 }, () => h("td", {}, h("span.skeleton.line"))),
    ),
  )
}

/** Save the ledger, or the entries of one type, as a file. */
async function exportCsv(type) {
  const lines = []
  for await (const page of ledger()) lines.push(...page.lines)
  const wanted = lines.filter((line) => !type || line.type === type)
  saveBlob(new Blob([toCsv(wanted)], { type: "text/csv" }), text.fileName(new Date().toISOString().slice(0, 10)))
}
