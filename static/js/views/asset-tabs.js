// The pages of an asset: its preview, its cuts.

import { h } from "../core/dom.js"
import { href } from "../core/router.js"
import { strings } from "../strings.js"

const text = strings.asset.tabs

/** Return the links to the pages of an asset. @param {string} id @param {"preview" | "cut"} current */
export function assetTabs(id, current) {
  const link = (name, path) =>
    h("a.tab-link", { href: href(path), "aria-current": name === current ? "page" : null }, text[name])
  return h(
    "nav.asset-tabs",
    { "aria-label": text.label },
    link("preview", `/assets/${id}`),
    link("cut", `/assets/${id}/cut`),
  )
}
