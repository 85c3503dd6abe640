// The icons, as strokes on a grid of 24 by 24.

import { svg } from "../core/dom.js"

/** @type {Record<string, string>} SVG path data */
const PATHS = {
  alert: "M12 3.5 2.5 20h19zM12 10v4.5M12 17.2v.1",
  archive: "M3.5 4.5h17v4h-17zM5 8.5v11h14v-11M10 12.5h4",
  arrowLeft: "M19 12H5M11 6l-6 6 6 6",
  check: "m5 12.5 4.5 4.5L19 7.5",
  chevronDown: "m6 9.5 6 6 6-6",
  close: "M6 6l12 12M18 6 6 18",
  coins: "M9 14.5A5.5 5.5 0 1 0 9 3.5a5.5 5.5 0 0 0 0 11zM14.5 9.5a5.5 5.5 0 1 1-5 5",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  download: "M12 4v11M7 10.5l5 5 5-5M4.5 20h15",
  enlarge: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  film: "M3.5 5h17v14h-17zM8 5v14M16 5v14M3.5 9.7H8M3.5 14.3H8M16 9.7h4.5M16 14.3h4.5",
  file: "M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5",
  folder: "M3.5 6h6l2 2.5h9V19h-17z",
  folderPlus: "M3.5 6h6l2 2.5h9V19h-17zM12 11v5M9.5 13.5h5",
  grid: "M4 4h6.5v6.5H4zM13.5 4H20v6.5h-6.5zM4 13.5h6.5V20H4zM13.5 13.5H20V20h-6.5z",
  key: "M8 16.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 12.5h8.5M17 12.5V16M20.5 12.5v2",
  keyboard: "M3 6.5h18v11H3zM6.5 10v.1M10 10v.1M14 10v.1M17.5 10v.1M8 14h8",
  library: "M4 4.5v15M8 4.5v15M12 5l5.5 14.5M11.8 5.2 16 3.8l5.3 14.3-4 1.4",
  list: "M8.5 6H20M8.5 12H20M8.5 18H20M4 6h.1M4 12h.1M4 18h.1",
  lock: "M5.5 10.5h13v9.5h-13zM8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3",
  menu: "M4 7h16M4 12h16M4 17h16",
  minus: "M5 12h14",
  monitor: "M3.5 4.5h17v12h-17zM12 16.5V20M8 20h8",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  more: "M5.5 12h.1M12 12h.1M18.5 12h.1",
  mute: "M4 9.5h4l5-4.5v14l-5-4.5H4zM17 9.5l4.5 5M21.5 9.5l-4.5 5",
  pause: "M8 5v14M16 5v14",
  pencil: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5 17.5 10",
  play: "M7 4.5 19.5 12 7 19.5z",
  plus: "M12 5v14M5 12h14",
  redo: "M19.5 9H9a5 5 0 0 0 0 10h5M16 5.5 19.5 9 16 12.5",
  restore: "M4.5 12a7.5 7.5 0 1 0 2.4-5.5L4 9M4 4v5h5",
  scissors: "M6.5 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM6.5 21a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM9 7.5 20 18M9 16.5 20 6",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5",
  signOut: "M10 4H4.5v16H10M15 8l4.5 4-4.5 4M19 12H9.5",
  sound: "M4 9.5h4l5-4.5v14l-5-4.5H4zM16.5 9a4 4 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  trash: "M4.5 6.5h15M9 6.5V4h6v2.5M6.5 6.5 7.5 20h9l1-13.5M10 10.5v5.5M14 10.5v5.5",
  undo: "M4.5 9H15a5 5 0 0 1 0 10h-5M8 5.5 4.5 9 8 12.5",
  upload: "M12 16V4.5M7 9.5l5-5 5 5M4.5 20h15",
  webhook: "M9.5 14.5a4 4 0 0 1 0-5.6l3-3a4 4 0 0 1 5.6 5.6l-1.4 1.4M14.5 9.5a4 4 0 0 1 0 5.6l-3 3a4 4 0 0 1-5.6-5.6l1.4-1.4",
  wave: "M3.5 10.5v3M7.9 7v10M12.3 4v16M16.7 8v8M21 10.5v3",
}

/** Create an icon next to its label, hidden from screen readers. @param {keyof typeof PATHS} name */
export function icon(name) {
  return svg(
    `svg.icon.icon-${name}`,
    { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }),
  )
}

/** Create the logo. */
export function mark() {
  return svg(
    "svg.mark",
    { viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("rect", { width: 32, height: 32, rx: 8 }),
    svg("path", { d: "M8 13.5v5M13.33 9v14M18.67 12v8M24 14.5v3" }),
  )
}
