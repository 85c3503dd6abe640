// The answers of an operation: every status with what it means, its headers and its body; and what they look like.

import { fill, h } from "../core/dom.js"
import { select } from "../ui/controls.js"
import { copyButton, sheet } from "./code.js"
import { inline } from "./markdown.js"
import { kindOf, member, members } from "./schema.js"
import { strings } from "./strings.js"

/** All answers in words. */
export function answers({ answers: all }, model) {
  return [
    h("h4", {}, strings.answers),
    h(
      "div.answers",
      {},
      all.map(([status, answer]) => row(status, answer, model)),
    ),
  ]
}

function row(status, answer, { resolve, everywhere }) {
  const own = Object.entries(answer.headers ?? {}).filter(([name]) => !everywhere.includes(name))
  const codes = codesOf(answer, status)
  return h(
    "details.answer",
    { dataset: { status }, open: status === "200" || status === "201" },
    h(
      "summary",
      {},
      h("span.status", { class: `is-${status[0]}xx` }, status),
      h("span", {}, inline(answer.description)),
    ),
    codes.length > 0 && remedies(codes),
    !isPlainError(answer) && body(answer, resolve),
    own.length > 0 && [
      h("h5", {}, strings.answerHeaders),
      h(
        "ul.members",
        {},
        own.map(([name, reference]) => header(name, resolve(reference), resolve)),
      ),
    ],
    h(
      "p.quiet",
      {},
      strings.everyAnswer,
      everywhere.map((name, index) => [index ? ", " : "", h("code", {}, name)]),
    ),
  )
}

function header(name, { schema, description, required }, resolve) {
  return member({ name: required ? name : `${name}?`, schema, description }, resolve)
}

/** The chapter about errors knows the way out of each. */
function remedies(codes) {
  const link = (code) => h("a", { href: `#errors/${code}` }, h("code", {}, code))
  return h(
    "p.quiet",
    {},
    strings.remedy,
    codes.map((code, index) => [index ? ", " : "", link(code)]),
  )
}

function body({ content }, resolve) {
  if (!content) return h("p.quiet", {}, strings.noBody)
  const types = Object.keys(content)
  const { schema } = content[types[0]]
  return [
    h(
      "h5",
      {},
      strings.body,
      types.map((type) => h("code.media-type", {}, type)),
    ),
    members(schema, resolve, false) ?? h("p.quiet", {}, kindOf(schema, resolve).words),
  ]
}

/** Whether the body is the envelope that all errors have, which a chapter explains, and nothing besides. */
function isPlainError({ content }) {
  return content?.["application/json"]?.schema?.$ref?.endsWith("/ErrorEnvelope") ?? false
}

/** The error codes a status may come with. */
function codesOf({ content }, status) {
  return status >= "400" ? Object.keys(content?.["application/json"]?.examples ?? {}) : []
}

/** The examples of the document, one of them to be seen. */
export function answerExamples({ answers: all }, { resolve, everywhere }) {
  const examples = all.flatMap(([status, answer]) => examplesOf(status, answer, resolve, everywhere))
  const place = h("div", {})
  const shown = () => examples[picker.selectedIndex]
  const show = () => fill(place, sheet(shown().language, shown().text))
  const options = examples.map(({ status, name }, index) => [index, `${status} ${name.replaceAll("_", " ")}`])
  const field = select({ label: strings.example, options, value: 0, onchange: show })
  const picker = field.querySelector("select")
  const copy = copyButton(() => shown().text)
  show()
  return h("figure.code.is-answer", {}, h("figcaption", {}, h("span", {}, strings.answer), field, copy), place)
}

/** Bodies in JSON; of what has none, the headers. */
function examplesOf(status, { content = {}, headers = {} }, resolve, everywhere) {
  const bodies = Object.entries(content["application/json"]?.examples ?? {})
  if (bodies.length) {
    return bodies.map(([name, { value }]) => ({ status, name, language: "json", text: JSON.stringify(value, null, 2) }))
  }
  const own = Object.entries(headers).filter(([name]) => !everywhere.includes(name))
  const lines = own.map(([name, reference]) => `${name}: ${resolve(reference).example}`)
  return [{ status, name: strings.headersOnly, language: "text", text: [`HTTP/1.1 ${status}`, ...lines].join("\n") }]
}
