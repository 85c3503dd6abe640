// Moving the focus among the assets of a list.

/** By key: the number of assets to move by. @type {Record<string, (columns: number) => number>} */
const STEPS = {
  j: () => 1,
  k: () => -1,
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: (columns) => columns,
  ArrowUp: (columns) => -columns,
}

/** By key: the end of the list to go to. @type {Record<string, number>} */
const ENDS = { Home: -Infinity, End: Infinity }

export const FOCUS_KEYS = Object.keys(STEPS)

/**
 * Move the focus as a key says; returns the id of the asset in focus then.
 *
 * @param {HTMLElement} holder @param {string} key
 */
export function moveFocus(holder, key) {
  const links = [...holder.querySelectorAll(".asset-title")]
  const at = links.findIndex((link) => link.closest(".asset").contains(document.activeElement))
  const to = at < 0 ? 0 : at + (ENDS[key] ?? STEPS[key](columnsOf(links)))
  const link = links[Math.min(links.length - 1, Math.max(0, to))]
  link?.focus()
  return link?.closest(".asset").dataset.id
}

/** Return the number of links at the height of the first one. */
function columnsOf(links) {
  const top = (link) => link.getBoundingClientRect().top
  return links.filter((link) => top(link) === top(links[0])).length
}
