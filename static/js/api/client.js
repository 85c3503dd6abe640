// Calls of the public API, whose base is relative to the page.

import { cell } from "../core/cell.js"
import { key, signOut } from "../session.js"
import { strings } from "../strings.js"

const BASE = new URL("./v1/", document.baseURI)

/** False while the box does not answer. */
export const reachable = cell(true)

/** What the box, or the way to it, said instead of yes. `status` 0: no answer came. */
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

/** The address of an API path such as `assets/7`. */
export function address(path, query = {}) {
  const url = new URL(path, BASE)
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, String(value))
  }
  return url
}

/**
 * An address the box gave, as this page reaches it.
 *
 * The box may know itself by another name than the one in the address bar, or by none behind a
 * proxy's sub path; its file addresses are signed by their path below `files/`, whatever stands before.
 */
export function fileAddress(given) {
  const url = new URL(given, document.baseURI)
  const [, below] = url.pathname.match(/\/(files\/.*)$/) ?? []
  return below ? new URL(`./${below}${url.search}`, document.baseURI).href : url.href
}

/**
 * Call the API: its JSON, or null where there is none.
 *
 * @param {string} method
 * @param {string} path
 * @param {{ query?: object, body?: object, signal?: AbortSignal, secret?: string }} [options] `secret`: a key to try
 * @returns {Promise<any>} Errors: ApiError; an AbortError when `signal` aborts
 */
export async function call(method, path, { query, body, signal, secret } = {}) {
  const headers = { Authorization: `Bearer ${secret ?? key.value}` }
  if (body) headers["Content-Type"] = "application/json"
  const answer = await reached(() =>
    fetch(address(path, query), {
      method,
      headers,
      signal,
      body: body && JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
    }),
  )
  const content = await json(answer)
  if (answer.ok) return content
  throw refusal(answer.status, content, answer.headers.get("Retry-After"), secret)
}

/** Run a request and note whether the box was reached. Errors: ApiError with status 0. */
export async function reached(request) {
  try {
    const answer = await request()
    reachable.set(true)
    return answer
  } catch (error) {
    if (error.name === "AbortError") throw error
    reachable.set(false)
    throw new ApiError(0, "network", strings.errors.unreachable)
  }
}

/** The error of an answer; a key that is no longer taken ends the session. */
export function refusal(status, content, retryAfter, secret) {
  if (status === 401 && !secret) signOut(true)
  const { code = "", message = strings.errors.unexpected(status) } = content?.error ?? {}
  return new ApiError(status, code, message, Number(retryAfter) || 0)
}

async function json(answer) {
  try {
    return await answer.json()
  } catch {
    return null
  }
}
