import { h } from "../core/dom.js"
import { href } from "../core/router.js"
import { strings } from "../strings.js"
import { emptyState } from "../ui/controls.js"

/** @param {import("../main.js").ViewContext} context */
export async function show({ root }) {
  root.append(
    emptyState({
      icon: "search",
      title: strings.missing.title,
      text: strings.missing.text,
      actions: [h("a.button", { href: href("/") }, strings.missing.home)],
    }),
  )
}
