// The form of a new cut: the script, if there is one, and what is dropped.

import { h, setText } from "../core/dom.js"
import { button } from "../ui/controls.js"
import { optionFields, optionsOf } from "./options.js"
import { strings } from "./strings.js"

const text = strings.form
const LONGEST = 100_000 // characters of a script
const LARGEST = 4_000_000 // bytes of a file that is read
const SCRIPTS = /\.(txt|md|markdown|text)$/i

/**
 * @param {{ script?: string | null, options?: Partial<import("../api/resources.js").CutOptions> }} previous
 * @param {(wish: { script: string | null, options: object }) => Promise<void>} submit
 * @param {any[]} [extra] more buttons
 */
export function cutForm(previous, submit, extra = []) {
  const { script = "", options = {} } = previous
  const area = h("textarea.script", {
    id: "script",
    rows: 12,
    value: script ?? "",
    placeholder: text.placeholder,
    spellcheck: "false",
    "aria-describedby": "script-hint script-count",
  })
  const count = h("span.hint", { id: "script-count" })
  const notice = h("p.form-error", { role: "alert", hidden: true })
  const go = button({ label: text.submit, kind: "primary", icon: "scissors", type: "submit" })
  const fail = (message) => {
    notice.textContent = message
    notice.hidden = !message
  }
  const measure = () => {
    const size = [...area.value].length
    setText(count, size ? text.characters(size, LONGEST) : "")
    fail(size > LONGEST ? text.tooLong(LONGEST) : "")
    go.disabled = size > LONGEST
  }
  const load = async (file) => {
    if (!file) return
    if (!SCRIPTS.test(file.name) || file.size > LARGEST) return fail(text.notText(file.name))
    const content = await file.text()
    if (content.includes("\0") || content.includes("\uFFFD")) return fail(text.notText(file.name))
    area.value = content
    measure()
  }
  const picker = h("input", { type: "file", accept: ".txt,.md,.markdown,text/plain", hidden: true })
  picker.addEventListener("change", () => load(picker.files[0]))
  area.addEventListener("input", measure)

  const onsubmit = async (event) => {
    event.preventDefault()
    go.disabled = true
    fail("")
    try {
      await submit({
        script: area.value.trim() ? area.value : null,
        options: optionsOf(new FormData(form)),
      })
    } catch (error) {
      fail(error.message)
      go.disabled = false
    }
  }
  const form = h(
    "form.cut-form.card",
    { onsubmit, novalidate: true, dataset: { drop: "script" } },
    h("h2", {}, text.title),
    h("p.cut-intro", {}, text.intro),
    h(
      "div.script-field",
      {},
      h(
        "div.script-head",
        {},
        h("label", { for: "script" }, text.script),
        h("span.hint", { id: "script-hint" }, text.scriptHint),
        button({ label: text.choose, small: true, onclick: () => picker.click() }),
        picker,
      ),
      area,
      count,
    ),
    optionFields(options, { withScript: true }),
    notice,
    h("div.actions.is-end", {}, extra, go),
  )
  acceptScript(form, area, load)
  measure()
  return form
}

/** Take a text file that is dropped on the form as its script. */
function acceptScript(form, area, load) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files")
  form.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    area.classList.add("is-over")
  })
  form.addEventListener("dragleave", () => area.classList.remove("is-over"))
  form.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    area.classList.remove("is-over")
    load(event.dataTransfer.files[0])
  })
}
