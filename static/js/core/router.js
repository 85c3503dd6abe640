// Hash routing: works at any path of a proxy, and needs nothing from the server.

import { cell } from "./cell.js"

/** @typedef {{ path: string, query: URLSearchParams }} Place */

/** @type {ReturnType<typeof cell<Place>>} */
export const place = cell(here())

window.addEventListener("hashchange", () => place.set(here()))

/** Return the `href` of a place. */
export function href(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value)
  return `#${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`
}

export function go(path, query) {
  location.hash = href(path, query)
}

/** Go to another place and replace this one in the history. */
export function replace(path) {
  location.replace(href(path))
}

/** Change the address without a step in the history and without redrawing. */
export function replaceQuery(query) {
  history.replaceState(null, "", href(place.value.path, query))
}

/**
 * Match a path: `match("/assets/:id", "/assets/7")` is `{ id: "7" }`; null for no match.
 *
 * @returns {Record<string, string> | null}
 */
export function match(pattern, path) {
  const [wanted, given] = [pattern.split("/"), path.split("/")]
  if (wanted.length !== given.length) return null
  const found = {}
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(":")) found[part.slice(1)] = decodeURIComponent(given[index])
    else if (part !== given[index]) return null
  }
  return found
}

/** Return the place in the address bar now; `place` follows a little later. @returns {Place} */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?", 2)
  return { path: path || "/", query: new URLSearchParams(query) }
}
