// The responses of an operation: status, meaning, headers and body of each, and their examples.

import { fill, h } from "../core/dom.js"
import { select } from "../ui/controls.js"
import { copyButton, sheet } from "./code.js"
import { inline } from "./markdown.js"
import { kindOf, member, members } from "./schema.js"
import { strings } from "./strings.js"

/** Describe all responses. */
export function responses({ responses: all }, model) {
  return [
    h("h4", {}, strings.responses),
    h(
      "div.responses",
      {},
      all.map(([status, response]) => row(status, response, model)),
    ),
  ]
}

function row(status, response, { resolve, everywhere }) {
  const own = Object.entries(response.headers ?? {}).filter(([name]) => !everywhere.includes(name))
  const codes = codesOf(response, status)
  return h(
    "details.response",
    { dataset: { status }, open: status === "200" || status === "201" },
    h(
      "summary",
      {},
      h("span.status", { class: `is-${status[0]}xx` }, status),
      h("span", {}, inline(response.description)),
    ),
    codes.length > 0 && remedies(codes),
    !isPlainError(response) && body(response, resolve),
    own.length > 0 && [
      h("h5", {}, strings.responseHeaders),
      h(
        "ul.members",
        {},
        own.map(([name, reference]) => header(name, resolve(reference), resolve)),
      ),
    ],
    h(
      "p.quiet",
      {},
      strings.everyResponse,
      everywhere.map((name, index) => [index ? ", " : "", h("code", {}, name)]),
    ),
  )
}

function header(name, { schema, description, required }, resolve) {
  return member({ name: required ? name : `${name}?`, schema, description }, resolve)
}

/** Link the error codes to their remedies in the chapter about errors. */
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

/** Return whether the body is just the error envelope, which a chapter explains. */
function isPlainError({ content }) {
  return content?.["application/json"]?.schema?.$ref?.endsWith("/ErrorEnvelope") ?? false
}

/** Return the error codes of a status. */
function codesOf({ content }, status) {
  return status >= "400" ? Object.keys(content?.["application/json"]?.examples ?? {}) : []
}

/** Show the examples of the document, one at a time. */
export function responseExamples({ responses: all }, { resolve, everywhere }) {
  const examples = all.flatMap(([status, response]) => examplesOf(status, response, resolve, everywhere))
  const place = h("div", {})
  const shown = () => examples[picker.selectedIndex]
  const show = () => fill(place, sheet(shown().language, shown().text))
  const options = examples.map(({ status, name }, index) => [index, `${status} ${name.replaceAll("_", " ")}`])
  const field = select({ label: strings.example, options, value: 0, onchange: show })
  const picker = field.querySelector("select")
  const copy = copyButton(() => shown().text)
  show()
  return h("figure.code.is-response", {}, h("figcaption", {}, h("span", {}, strings.response), field, copy), place)
}

/** Return the JSON bodies as examples; without a body, the headers. */
function examplesOf(status, { content = {}, headers = {} }, resolve, everywhere) {
  const bodies = Object.entries(content["application/json"]?.examples ?? {})
  if (bodies.length) {
    return bodies.map(([name, { value }]) => ({ status, name, language: "json", text: JSON.stringify(value, null, 2) }))
  }
  const own = Object.entries(headers).filter(([name]) => !everywhere.includes(name))
  const lines = own.map(([name, reference]) => `${name}: ${resolve(reference).example}`)
  return [{ status, name: strings.headersOnly, language: "text", text: [`HTTP/1.1 ${status}`, ...lines].join("\n") }]
}
