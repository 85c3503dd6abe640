// Requests as programs: curl, Python with httpx, JavaScript with fetch. Each runs unchanged, given the key in the
// environment and, for a chunk, the file.

const VARIABLE = "ROUGHY_BOX_CLIENT_KEY"
const FILE = "interview.mp4"
const GIVEN = { "application/json": "json", "text/event-stream": "events" }

/** @param {import("./model.js").Operation} operation @param {string} base the address of the box, without a slash at the end */
export function samples(operation, base) {
  const request = requestOf(operation, base)
  return [
    { language: "bash", text: curl(request) },
    { language: "python", text: python(request) },
    { language: "js", text: javascript(request) },
  ]
}

/** Return the request, with the document's examples as parameters. */
function requestOf(operation, base) {
  const of = (place) => operation.parameters.filter((each) => each.in === place)
  const path = of("path").reduce((text, { name, example }) => text.replace(`{${name}}`, example), operation.path)
  const query = of("query").filter(({ required }) => required)
  // Optional headers of reads, such as conditions and ranges, are left out; those of writes are shown.
  const isReading = ["GET", "HEAD"].includes(operation.method)
  const headers = of("header").filter(({ required }) => required || !isReading)
  const [type, media] = Object.entries(operation.body?.content ?? {})[0] ?? []
  const [, success] = operation.responses.find(([status]) => status.startsWith("2"))
  const [responseType] = Object.keys(success.content ?? {})
  return {
    method: operation.method,
    url: base + path + (query.length ? `?${query.map(({ name, example }) => `${name}=${example}`).join("&")}` : ""),
    isPublic: operation.isPublic,
    headers: [
      ...headers.map(({ name, example }) => [name, String(example)]),
      ...(type ? [["Content-Type", type]] : []),
    ],
    json: type === "application/json" ? Object.values(media.examples)[0].value : undefined,
    isFile: Boolean(type) && type !== "application/json",
    gives: responseType && (GIVEN[responseType] ?? "file"),
    name: path.split("/").at(-1),
  }
}

function curl({ method, url, isPublic, headers, json, isFile, gives, name }) {
  const usual = method === "GET" || (method === "POST" && json !== undefined)
  const verb = method === "HEAD" ? "-I " : usual ? "" : `-X ${method} `
  const headToo = gives || method === "HEAD" ? "" : "-i "
  const parts = [
    `curl ${headToo}${verb}${gives === "events" ? "-N " : ""}${/[?&]/.test(url) ? `"${url}"` : url}`,
    ...(isPublic ? [] : [`-H "Authorization: Bearer $${VARIABLE}"`]),
    ...headers.map(([header, value]) => `-H ${quoted(`${header}: ${value}`)}`),
    ...(json === undefined ? [] : [`-d ${quoted(JSON.stringify(json, null, 2))}`]),
    ...(isFile ? [`-T ${FILE}`] : []),
    ...(gives === "file" ? [`-o ${name}`] : []),
  ]
  return parts.join(" \\\n  ")
}

/** Quote for a shell, where single quotes protect everything but themselves. */
function quoted(text) {
  return /["$`\\]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`
}

function python({ method, url, isPublic, headers, json, isFile, gives, name }) {
  // httpx sets the type of JSON.
  const own = headers.filter(([header]) => json === undefined || header !== "Content-Type")
  const lines = own.map(([header, value]) => `${literal(header)}: ${literal(value)},`)
  if (!isPublic) lines.unshift(`"Authorization": f"Bearer {os.environ['${VARIABLE}']}",`)
  const values = [
    ...(lines.length ? [`headers={\n${indented(lines.join("\n"))}\n},`] : []),
    ...(json === undefined ? [] : [`json=${literal(json)},`]),
    ...(isFile ? [`content=open("${FILE}", "rb"),`] : []),
  ]
  if (gives === "events") return eventsInPython(url, values)
  const call = values.length
    ? `httpx.${method.toLowerCase()}(\n${indented([`"${url}",`, ...values].join("\n"))}\n)`
    : `httpx.${method.toLowerCase()}("${url}")`
  const shown = { json: "response.json()", file: "response.headers" }[gives] ?? "response.headers"
  return [
    ...(isPublic ? [] : ["import os", ""]),
    ...["import httpx", "", `response = ${call}`, `print(response.status_code, ${shown})`],
    ...(gives === "file" ? [`open("${name}", "wb").write(response.content)`] : []),
  ].join("\n")
}

function eventsInPython(url, values) {
  const call = ['"GET",', `"${url}",`, ...values, "timeout=None,"].join("\n")
  return [
    ...["import os", "", "import httpx", "", `with httpx.stream(\n${indented(call)}\n) as response:`],
    indented("for line in response.iter_lines():\n    print(line, flush=True)"),
  ].join("\n")
}

/** Return a value as a Python literal. */
function literal(value) {
  if (value === null) return "None"
  if (typeof value === "boolean") return value ? "True" : "False"
  if (typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`
  const pairs = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${literal(each)}`)
  return pairs.length > 1 ? `{\n${indented(pairs.map((pair) => `${pair},`).join("\n"))}\n}` : `{${pairs.join("")}}`
}

function javascript({ method, url, isPublic, headers, json, isFile, gives }) {
  const lines = headers.map(([header, value]) => `${property(header)}: ${JSON.stringify(value)},`)
  if (!isPublic) lines.unshift(`Authorization: \`Bearer \${process.env.${VARIABLE}}\`,`)
  const options = [
    ...(method === "GET" ? [] : [`method: "${method}",`]),
    ...(lines.length ? [`headers: {\n${indented(lines.join("\n"), 2)}\n},`] : []),
    ...(json === undefined ? [] : [`body: JSON.stringify(${object(json)}),`]),
    ...(isFile ? [`body: await openAsBlob("${FILE}"), // in a browser: input.files[0]`] : []),
  ]
  const call = options.length ? `fetch("${url}", {\n${indented(options.join("\n"), 2)}\n})` : `fetch("${url}")`
  if (gives === "events") {
    const each = "for await (const text of response.body.pipeThrough(new TextDecoderStream())) process.stdout.write(text)"
    return `const response = await ${call}\n${each}`
  }
  const shown =
    { json: "await response.json()", file: "await response.blob()" }[gives] ?? "Object.fromEntries(response.headers)"
  return [
    ...(isFile ? ['import { openAsBlob } from "node:fs"', ""] : []),
    `const response = await ${call}`,
    `console.log(response.status, ${shown})`,
  ].join("\n")
}

/** Return a value as a JavaScript literal. */
function object(value) {
  const pairs = Object.entries(value).map(([key, each]) => `${property(key)}: ${JSON.stringify(each)}`)
  return pairs.length > 1 ? `{\n${indented(pairs.map((pair) => `${pair},`).join("\n"), 2)}\n}` : `{ ${pairs.join("")} }`
}

function property(name) {
  return /^\w+$/.test(name) ? name : JSON.stringify(name)
}

function indented(text, by = 4) {
  return text.replace(/^/gm, " ".repeat(by))
}
