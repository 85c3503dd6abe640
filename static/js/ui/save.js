// Saving files, as links do.

import { h } from "../core/dom.js"

/** Have the browser save what is at an address, under its own name by default. */
export function saveFrom(href, name = "") {
  const link = h("a", { href, download: name })
  document.body.append(link)
  link.click()
  link.remove()
}

/** Save a blob as a file. */
export function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob)
  saveFrom(url, name)
  URL.revokeObjectURL(url)
}
