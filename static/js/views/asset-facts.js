// The properties of an asset, as rows of a description list.

import { h, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { href } from "../core/router.js"
import { chargeOf } from "../data/ledger.js"
import { price } from "../data/price.js"
import { findProject } from "../data/projects.js"
import { strings } from "../strings.js"
import { copy, iconButton } from "../ui/controls.js"

const text = strings.asset
const { fields } = text

/** @param {import("../api/resources.js").Asset} asset @param {AbortSignal} signal */
export function factRows(asset, signal) {
  // A failed asset gets no further properties.
  const rows = facts(asset, signal).filter(([, value]) => value || asset.state !== "failed")
  return rows.map(([label, value]) =>
    h("div", {}, h("dt", {}, label), h("dd", {}, value || h("span.none", {}, text.none))),
  )
}

function facts(asset, signal) {
  const { duration_seconds: length, size_bytes: size } = asset
  const project = findProject(asset.project_id)?.name ?? strings.projects.one
  const added = { datetime: asset.created_at, title: format.exactDate(asset.created_at) }
  const rows = [
    [fields.type, strings.assets.kinds[asset.type ?? "unknown"]],
    [fields.duration, length && h("span", { title: text.seconds(length) }, format.duration(length))],
    [fields.size, size !== null && h("span", { title: text.bytes(format.count(size)) }, format.size(size))],
    [fields.format, asset.content_type],
    [fields.extension, asset.extension && `.${asset.extension}`],
    [fields.language, asset.language ? languageName(asset.language) : asset.state !== "failed" && text.anyLanguage],
    [fields.cost, costOf(asset, signal)],
    [fields.project, h("a", { href: href(`/projects/${asset.project_id}`) }, project)],
    [fields.added, h("time", added, format.date(asset.created_at))],
    [fields.id, idOf(asset)],
  ]
  return asset.error_code ? [...rows, [fields.error, h("code", {}, asset.error_code)]] : rows
}

function idOf(asset) {
  const copyButton = iconButton({ label: text.copyId, icon: "copy", onclick: () => copy(asset.id) })
  return h("span.copyable", {}, h("code", {}, asset.id), copyButton)
}

/** Return the cost; of a ready asset it is read from the ledger, which takes a moment. */
function costOf(asset, signal) {
  if (asset.state === "pending_payment") return text.owes(price(asset.duration_seconds))
  if (asset.state === "failed") return text.free
  if (asset.state !== "ready") return text.costLater
  const node = h("span", {}, "…")
  chargeOf(asset, signal).then(
    (charge) => setText(node, charge === null ? text.free : strings.credits.amount(charge)),
    () => setText(node, text.none),
  )
  return node
}

function languageName(code) {
  return `${new Intl.DisplayNames("en", { type: "language" }).of(code)} (${code})`
}
