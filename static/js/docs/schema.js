// The type of a value in words, its limits, and its fields.

import { h } from "../core/dom.js"
import { inline } from "./markdown.js"
import { strings } from "./strings.js"

/**
 * Return the fields of a schema as a list; null if there are none.
 *
 * @param {any} schema
 * @param {(part: any) => any} resolve follows a reference
 * @param {boolean} isRequest whether to mark required fields
 */
export function members(schema, resolve, isRequest) {
  const whole = resolve(schema)
  if (!whole?.properties) return null
  const needed = new Set(whole.required)
  const rows = Object.entries(whole.properties).map(([name, part]) =>
    member({ name, schema: part, isRequired: isRequest && needed.has(name) }, resolve, isRequest),
  )
  return h("ul.members", {}, rows)
}

/** Create one named value: a field, a parameter, a header. */
export function member({ name, schema, isRequired, description = schema.description }, resolve, isRequest = true) {
  const kind = kindOf(schema, resolve)
  const inner = kind.inner && members(kind.inner, resolve, isRequest)
  return h(
    "li.member",
    {},
    h(
      "p.member-head",
      {},
      h("code.member-name", {}, name),
      h("span.member-type", {}, kind.words),
      isRequired && h("span.member-required", {}, strings.required),
    ),
    description && h("p", {}, inline(description.replaceAll("\n", " "))),
    kind.limits.length > 0 && h("p.member-limits", {}, kind.limits),
    inner && h("details.fold", {}, h("summary", {}, strings.members(name)), inner),
  )
}

/** Return the type of a schema in words, its limits as elements, and the schema of its content. */
export function kindOf(given, resolve) {
  const schema = resolve(given)
  const choices = schema.anyOf?.map((each) => kindOf(each, resolve))
  if (choices) {
    return {
      words: choices.map(({ words }) => words).join(" or "),
      limits: [...choices.flatMap(({ limits }) => limits), ...ofDefault(schema)],
      inner: choices.find(({ inner }) => inner)?.inner,
    }
  }
  if (schema.type === "array") {
    const each = kindOf(schema.items ?? {}, resolve)
    return { words: `list of ${each.words}s`, limits: [...each.limits, ...limitsOf(schema)], inner: each.inner }
  }
  return {
    words: [schema.type ?? "value", schema.format && `(${schema.format})`].filter(Boolean).join(" "),
    limits: limitsOf(schema),
    inner: schema.properties && schema,
  }
}

function limitsOf(schema) {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema
  return [
    ...(schema.enum ?? (schema.const === undefined ? [] : [schema.const])).map((value) => h("code", {}, String(value))),
    ...range(minimum, maximum, ""),
    ...range(minLength, maxLength, " characters"),
    ...range(minItems, maxItems, " items"),
    ...(pattern ? [h("span.pattern", {}, "matches ", h("code", { title: pattern }, pattern))] : []),
    ...ofDefault(schema),
  ]
}

function range(least, most, what) {
  // A safeguard of the server that JavaScript cannot represent.
  if (most > Number.MAX_SAFE_INTEGER) return range(least, undefined, what)
  if (least === undefined && most === undefined) return []
  if (least === 1 && most === undefined && what) return [h("span", {}, "not empty")]
  const figure = (value) => value.toLocaleString("en", { useGrouping: value >= 10_000 })
  if (most === undefined) return [h("span", {}, `at least ${figure(least)}${what}`)]
  if (least === undefined) return [h("span", {}, `at most ${figure(most)}${what}`)]
  return [h("span", {}, `${figure(least)} to ${figure(most)}${what}`)]
}

function ofDefault({ default: value }) {
  if (value === undefined || value === null || typeof value === "object") return []
  return [h("span", {}, "default ", h("code", {}, String(value)))]
}
