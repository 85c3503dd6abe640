// Code blocks with a copy button, in one language or in several.

import { h } from "../core/dom.js"
import { stored } from "../core/storage.js"
import { copy, iconButton } from "../ui/controls.js"
import { cell } from "../core/cell.js"
import { languages, strings, tools } from "./strings.js"

const WORDS = {
  python: "import|from|with|open|as|while|print|if|not|in|for|def|return|lambda|None|True|False",
  js: "import|from|const|let|await|async|function|new|return|if|while|do|throw|null|true|false",
  json: "null|true|false",
  bash: "export|while|do|done|until|if|then|fi",
}
const STRING = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/.source
let count = 0

/** The language chosen last; applies to all blocks. */
const kept = stored("localStorage", "language", "bash")
export const chosen = cell(kept.get())
chosen.watch((language) => kept.set(language))

/** Create a block in one language. @param {{ language: string, text: string }} source */
export function code({ language, text }) {
  const label = languages[language] ?? language
  // Without a language it is a diagram, not worth copying.
  const caption =
    label &&
    h(
      "figcaption",
      {},
      h("span", {}, label),
      copyButton(() => text),
    )
  return h("figure.code", {}, caption || null, sheet(language, text))
}

/** Create a block in several languages, one visible at a time. @param {{ language: string, text: string }[]} sources */
export function codes(sources, title = strings.language) {
  const name = `code-${++count}`
  const shown = () => sources.find(({ language }) => language === chosen.value) ?? sources[0]
  const tabs = sources.map(({ language }) =>
    h(
      "button.code-tab",
      {
        type: "button",
        role: "tab",
        id: `${name}-${language}-tab`,
        "aria-controls": `${name}-${language}`,
        onclick: () => chosen.set(language),
      },
      tools[language] ?? language,
    ),
  )
  const panels = sources.map(({ language, text }) =>
    h(
      "div",
      {
        role: "tabpanel",
        id: `${name}-${language}`,
        "aria-labelledby": `${name}-${language}-tab`,
        dataset: { language },
      },
      sheet(language, text),
    ),
  )
  const list = h("div.code-tabs", { role: "tablist", "aria-label": title }, tabs)
  list.addEventListener("keydown", (event) => step(event, tabs))
  chosen.watch(() => {
    for (const [index, source] of sources.entries()) {
      const isShown = source === shown()
      tabs[index].setAttribute("aria-selected", String(isShown))
      tabs[index].tabIndex = isShown ? 0 : -1
      panels[index].hidden = !isShown
    }
  })
  return h(
    "figure.code",
    {},
    h(
      "figcaption",
      {},
      list,
      copyButton(() => shown().text),
    ),
    panels,
  )
}

/** Create code without a frame. It may scroll, so it must be focusable. */
export function sheet(language, text) {
  return h("pre", { tabindex: 0 }, h("code", {}, highlighted(language, text)))
}

export function copyButton(text) {
  return iconButton({ label: strings.copy, icon: "copy", onclick: () => copy(text()) })
}

/** Handle the keys of a row of tabs (WAI-ARIA, tabs pattern). */
function step(event, tabs) {
  const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key]
  if (move === undefined) return
  event.preventDefault()
  const here = tabs.indexOf(document.activeElement)
  const next = Number.isFinite(move) ? (here + move + tabs.length) % tabs.length : move < 0 ? 0 : tabs.length - 1
  tabs[next].click()
  tabs[next].focus()
}

function highlighted(language, text) {
  if (!WORDS[language]) return text
  const comment = language === "json" ? "$^" : `(?<=^|\\s)(?:${language === "js" ? "//" : "#"}).*$`
  const pattern = new RegExp(
    `(?<comment>${comment})|(?<key>(?:${STRING})(?=\\s*:))|(?<string>${STRING})|(?<word>\\b(?:${WORDS[language]})\\b)`,
    "gm",
  )
  const nodes = []
  let end = 0
  for (const found of text.matchAll(pattern)) {
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined)
    nodes.push(text.slice(end, found.index), h("span", { class: `is-${kind}` }, found[0]))
    end = found.index + found[0].length
  }
  return [...nodes, text.slice(end)]
}
