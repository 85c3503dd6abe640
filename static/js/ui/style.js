import { h } from "../core/dom.js"

/** @type {Map<string, Promise<unknown>>} */
const loaded = new Map()

/** Load a style sheet that only some views need; resolves once it is there. @param {string} path */
export function loadStyle(path) {
  if (!loaded.has(path)) {
    const loading = new Promise((resolve) =>
      document.head.append(h("link", { rel: "stylesheet", href: path, onload: resolve, onerror: resolve })),
    )
    loaded.set(path, loading)
  }
  return loaded.get(path)
}
