// Files that the API makes, such as exports.

import { key } from "../session.js"
import { address, reached, refusal } from "./client.js"

/**
 * Read a file: `{ name, content }`. Errors: ApiError.
 *
 * @param {string} path @param {object} query
 */
export async function readFile(path, query) {
  const headers = { Authorization: `Bearer ${key.value}` }
  const response = await reached(() => fetch(address(path, query), { headers, cache: "no-store", credentials: "omit" }))
  if (response.ok) return { name: nameIn(response.headers.get("Content-Disposition")), content: await response.blob() }
  const content = await response.json().catch(() => null)
  throw refusal(response.status, content, response.headers.get("Retry-After"))
}

/** Return the file name of a Content-Disposition (RFC 6266), the extended one if there is one. */
function nameIn(disposition) {
  const [, extended] = disposition?.match(/filename\*=UTF-8''([^;]+)/i) ?? []
  return extended ? decodeURIComponent(extended) : disposition?.match(/filename="([^"]*)"/i)?.[1] ?? "export"
}
