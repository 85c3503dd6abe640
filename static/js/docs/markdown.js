// A subset of Markdown as elements: paragraphs, lists, tables, code blocks, `code`, **strong** and links.
// Everything else stays text.

import { h } from "../core/dom.js"
import { code, codes } from "./code.js"

const FENCE = /^```(\w*)\n([\s\S]*?)\n```\s*$/
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(((?:https?:\/\/|#)[^)\s]+)\)/g

/** Return the elements of a text. */
export function markdown(text) {
  return joined(blocksOf(text).map(element))
}

/** Return the nodes of a line. */
export function inline(text) {
  const nodes = []
  let end = 0
  for (const found of text.matchAll(INLINE)) {
    const [whole, literal, strong, label, address] = found
    nodes.push(text.slice(end, found.index))
    if (literal) nodes.push(h("code", {}, literal))
    else if (strong) nodes.push(h("strong", {}, inline(strong)))
    else nodes.push(h("a", { href: address, rel: address.startsWith("#") ? null : "noreferrer" }, inline(label)))
    end = found.index + whole.length
  }
  return [...nodes, text.slice(end)]
}

function blocksOf(text) {
  const parts = text.split(/^(```[\s\S]*?\n```)[ \t]*$/m)
  const blocks = parts.flatMap((part) => (part.startsWith("```") ? [part] : part.split(/\n{2,}/)))
  return blocks.map((block) => block.replace(/^\n+/, "")).filter((block) => block.trim())
}

/** Return a block as an element; code stays a description until its neighbors are known. */
function element(block) {
  const [, language, text] = block.match(FENCE) ?? []
  if (text !== undefined) return { language, text }
  if (block.startsWith("|")) return table(block)
  if (block.startsWith("- ")) return h("ul.prose-list", {}, items(block, /^- /m))
  if (/^\d+\. /.test(block)) return h("ol.prose-list", { start: parseInt(block, 10) }, items(block, /^\d+\. /m))
  return h("p", {}, inline(line(block)))
}

/** Join adjacent code blocks in different languages into one. */
function joined(blocks) {
  const nodes = []
  for (let index = 0; index < blocks.length; index++) {
    if (!("language" in blocks[index])) {
      nodes.push(blocks[index])
      continue
    }
    const step = [blocks[index]]
    while (blocks[index + 1]?.language && !step.some(({ language }) => language === blocks[index + 1].language)) {
      step.push(blocks[++index])
    }
    nodes.push(step.length > 1 ? codes(step) : code(step[0]))
  }
  return nodes
}

function line(text) {
  return text.trim().replace(/\s*\n\s*/g, " ")
}

function items(block, mark) {
  return block
    .split(mark)
    .filter((item) => item.trim())
    .map((item) => h("li", {}, inline(line(item))))
}

function table(block) {
  const rows = block.trim().split("\n")
  const cells = (row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim())
  const [head, , ...body] = rows.map(cells)
  const row = (texts) =>
    h(
      "tr",
      { dataset: { name: texts[0].replaceAll("`", "") } },
      texts.map((text, index) => h("td", { dataset: { label: head[index] } }, inline(text))),
    )
  return h(
    "div.table-frame",
    { tabindex: 0, role: "group", "aria-label": head.join(", ") },
    h(
      "table.prose-table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((text) => h("th", { scope: "col" }, text)),
        ),
      ),
      h("tbody", {}, body.map(row)),
    ),
  )
}
