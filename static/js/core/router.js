// Hash routing: works at any path a proxy puts the page at, and needs nothing of the server.

import { cell } from "./cell.js"

/** @typedef {{ path: string, query: URLSearchParams }} Place */

/** @type {ReturnType<typeof cell<Place>>} */
export const place = cell(here())

window.addEventListener("hashchange", () => place.set(here()))

/** The `href` of a place. */
export function href(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value)
  return `#${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`
}

export function go(path, query) {
  location.hash = href(path, query)
}

/** Go on to another place, as if one had never been here. */
export function replace(path) {
  location.replace(href(path))
}

/** Change the address without a step in the history, and without drawing anew. */
export function replaceQuery(query) {
  history.replaceState(null, "", href(place.value.path, query))
}

/**
 * What a path matches: `match("/assets/:id", "/assets/7")` is `{ id: "7" }`; null for no match.
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

/** The place in the address bar at this moment; its change is told a little later. @returns {Place} */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?", 2)
  return { path: path || "/", query: new URLSearchParams(query) }
}
