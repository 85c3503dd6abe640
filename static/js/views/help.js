import { h } from "../core/dom.js"
import { strings } from "../strings.js"
import { dialog } from "../ui/dialog.js"

const text = strings.help

/** Return groups of shortcuts, each as a list. @param {{ title: string, rows: [string[], string][] }[]} groups */
export function keyGroups(groups) {
  const keys = (combination) => combination.split(" ").map((each) => h("kbd", {}, each))
  const group = ({ title, rows }) =>
    h(
      "section",
      {},
      h("h3", {}, title),
      h(
        "dl.keys",
        {},
        rows.map(([combinations, effect]) => h("div", {}, h("dt", {}, effect), h("dd", {}, combinations.map(keys)))),
      ),
    )
  return h("div.columns", {}, groups.map(group))
}

/** Show the keyboard shortcuts. */
export function showHelp() {
  const documentation = h("p", {}, h("a", { href: "docs" }, text.documentation), text.documentationIs)
  dialog({
    title: text.title,
    wide: true,
    content: () => h("div.stack", {}, keyGroups(text.groups), documentation),
  })
}
