// Requests to the public API, whose base is relative to the page.

import { cell } from "../core/cell.js"
import { key, signOut } from "../session.js"
import { strings } from "../strings.js"

const BASE = new URL("./v1/", document.baseURI)

/** False while the box does not respond. */
export const reachable = cell(true)

/** A refusal by the box or by a proxy. `status` 0: no response arrived. */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {number} [retryAfter] seconds */
  constructor(status, code, message, retryAfter = 0) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }

  get isNetwork() {
    return this.status === 0
  }
}

/** Return the address of an API path such as `assets/7`. */
export function address(path, query = {}) {
  const url = new URL(path, BASE)
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, String(value))
  }
  return url
}

/**
 * Return an address from the box as this page reaches it.
 *
 * Behind a proxy, the box may not know the host or the path in the address bar; its file addresses are signed by
 * their path below `files/`, so the part before it can be replaced.
 */
export function fileAddress(given) {
  const url = new URL(given, document.baseURI)
  const [, below] = url.pathname.match(/\/(files\/.*)$/) ?? []
  return below ? new URL(`./${below}${url.search}`, document.baseURI).href : url.href
}

/**
 * Call the API and return its JSON, or null if there is none.
 *
 * @param {string} method
 * @param {string} path
 * @param {{ query?: object, body?: object, signal?: AbortSignal, secret?: string }} [options] `secret`: a key to try
 * @returns {Promise<any>} Errors: ApiError; an AbortError when `signal` aborts
 */
export async function call(method, path, { query, body, signal, secret } = {}) {
  const headers = { Authorization: `Bearer ${secret ?? key.value}` }
  if (body) headers["Content-Type"] = "application/json"
  const response = await reached(() =>
    fetch(address(path, query), {
      method,
      headers,
      signal,
      body: body && JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
    }),
  )
  const content = await json(response)
  if (response.ok) return content
  throw refusal(response.status, content, response.headers.get("Retry-After"), secret)
}

/** Run a request and record whether the box was reached. Errors: ApiError with status 0. */
export async function reached(request) {
  try {
    const response = await request()
    reachable.set(true)
    return response
  } catch (error) {
    if (error.name === "AbortError") throw error
    reachable.set(false)
    throw new ApiError(0, "network", strings.errors.unreachable)
  }
}

/** Return the error of a response; a key that is no longer valid ends the session. */
export function refusal(status, content, retryAfter, secret) {
  if (status === 401 && !secret) signOut(true)
  const { code = "", message = strings.errors.unexpected(status) } = content?.error ?? {}
  return new ApiError(status, code, message, Number(retryAfter) || 0)
}

async function json(response) {
  try {
    return await response.json()
  } catch {
    return null
  }
}
