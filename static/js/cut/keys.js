import { h } from "../core/dom.js"
import { dialog } from "../ui/dialog.js"
import { keyGroups } from "../views/help.js"
import { strings } from "./strings.js"

/** Show the keys of the editor. */
export function showKeys() {
  const { title, groups } = strings.help
  dialog({ title, wide: true, content: () => h("div.stack", {}, keyGroups(groups)) })
}
