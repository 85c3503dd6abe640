// The OpenAPI document in the structure of the page.

const METHODS = ["get", "head", "post", "put", "patch", "delete", "options"]

/**
 * @typedef {{ id: string, method: string, path: string, tag: string, summary: string, description: string,
 *   isPublic: boolean, isTwin: boolean, parameters: any[], body: any, responses: [string, any][] }} Operation
 *   `isTwin`: the HEAD of a GET
 */

/** Return the parts of a document that the page shows. */
export function read(document) {
  const resolve = (part) => resolved(document, part)
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => METHODS.includes(key))
      .map((method) => operation(method, path, item, resolve)),
  )
  const groups = document.tags.map(({ name, description }) => ({
    name,
    description,
    operations: operations.filter(({ tag }) => tag === name),
  }))
  const [introduction, ...chapters] = split(document.info.description)
  return { info: document.info, introduction, chapters, groups, resolve, everywhere: everywhere(operations) }
}

/** Return the chapters of a Markdown text; the first has no title. */
function split(text) {
  const [first, ...others] = text.split(/^## /m)
  const chapter = (part) => ({ title: part.slice(0, part.indexOf("\n")), text: part.slice(part.indexOf("\n") + 1) })
  return [{ title: "", text: first }, ...others.map(chapter)]
}

/** Return the name of a chapter in an address. */
export function slug(title) {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, "-")
}

function resolved(document, part) {
  if (!part?.$ref) return part
  return part.$ref
    .slice(2)
    .split("/")
    .reduce((found, key) => found[key], document)
}

function operation(method, path, item, resolve) {
  const given = item[method]
  return {
    id: given.operationId,
    method: method.toUpperCase(),
    path,
    tag: given.tags[0],
    summary: given.summary,
    description: given.description ?? "",
    isPublic: given.security?.length === 0,
    isTwin: method === "head" && Boolean(item.get),
    parameters: (given.parameters ?? []).map(resolve),
    body: given.requestBody && resolve(given.requestBody),
    responses: Object.entries(given.responses).map(([status, response]) => [status, resolve(response)]),
  }
}

/** Return the headers that every response may have. */
function everywhere(operations) {
  const sets = operations.flatMap(({ responses }) => responses.map(([, { headers = {} }]) => Object.keys(headers)))
  return sets.reduce((common, names) => common.filter((name) => names.includes(name)))
}
