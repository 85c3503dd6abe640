// One operation: description, parameters and responses on the left, examples on the right.

import { h } from "../core/dom.js"
import { icon } from "../ui/icons.js"
import { responseExamples, responses } from "./responses.js"
import { codes } from "./code.js"
import { markdown } from "./markdown.js"
import { samples } from "./samples.js"
import { kindOf, member, members } from "./schema.js"
import { strings } from "./strings.js"

/**
 * @param {import("./model.js").Operation} operation
 * @param {ReturnType<typeof import("./model.js").read>} model
 * @param {string} base the address of the box
 */
export function operationView(operation, model, base) {
  const { id, method, path, summary, description, isPublic } = operation
  const isFolded = operation.isTwin || operation.tag === "Preflight"
  const heading = h("h3", {}, h("a.anchor", { href: `#${id}` }, summary))
  const content = h(
    "div.operation-columns",
    {},
    h(
      "div.prose",
      {},
      !isFolded && heading,
      h("p.endpoint", {}, badge(method), h("code", {}, breakable(path))),
      markdown(description),
      h("p.access", {}, icon(isPublic ? "check" : "key"), isPublic ? strings.public : strings.needsKey),
      parameters(operation, model.resolve),
      body(operation, model.resolve),
      responses(operation, model),
    ),
    h("div.operation-code", {}, codes(samples(operation, base), strings.request), responseExamples(operation, model)),
  )
  if (!isFolded) return h("article.operation", { id }, content)
  return h(
    "details.operation.is-folded",
    { id },
    h("summary", {}, badge(method), h("code", {}, breakable(path)), h("span.visually-hidden", {}, ` ${summary}`)),
    content,
  )
}

export function badge(method) {
  return h("span.method", { class: `is-${method.toLowerCase()}` }, method)
}

/** Return a path that may wrap after each slash. */
function breakable(path) {
  return path.split(/(?<=\/)/).flatMap((part) => [part, h("wbr")])
}

function parameters({ parameters: all }, resolve) {
  return Object.entries(strings.parameters).flatMap(([place, title]) => {
    const rows = all
      .filter((each) => each.in === place)
      .map(({ name, schema, description, required }) =>
        member({ name, schema, description: description ?? "", isRequired: required }, resolve),
      )
    return rows.length ? [h("h4", {}, title), h("ul.members", {}, rows)] : []
  })
}

function body({ body: given }, resolve) {
  if (!given) return null
  return Object.entries(given.content).map(([type, { schema }]) => {
    const description = resolve(schema).description
    return [
      h("h4", {}, strings.body, h("code.media-type", {}, type)),
      description && h("p.quiet", {}, description),
      members(schema, resolve, true) ?? h("p.quiet", {}, kindOf(schema, resolve).words),
    ]
  })
}
