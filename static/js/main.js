// The entry point: sign-in, and the view of the address.

import { fill } from "./core/dom.js"
import { match, place } from "./core/router.js"
import { stored } from "./core/storage.js"
import { linked } from "./core/wait.js"
import { key } from "./session.js"
import { strings } from "./strings.js"
import { showSignIn } from "./views/signin.js"

/**
 * @typedef {{ root: HTMLElement, params: Record<string, string>, signal: AbortSignal }} ViewContext
 *   `signal` aborts when the view is left
 */

// Loaded on demand, so that the first paint does not wait for them.
const VIEWS = [
  ["/", () => import("./views/home.js")],
  ["/projects", () => import("./views/projects.js")],
  ["/projects/:project", () => import("./views/assets.js")],
  ["/assets", () => import("./views/assets.js")],
  ["/assets/:asset", () => import("./views/asset.js")],
  ["/assets/:asset/cut", () => import("./cut/page.js")],
  ["/assets/:asset/cut/:cut", () => import("./cut/page.js")],
  ["/renders", () => import("./render/page.js")],
  ["/credits", () => import("./views/credits.js")],
  ["/webhooks", () => import("./webhooks/list.js")],
  ["/webhooks/:endpoint", () => import("./webhooks/endpoint.js")],
  ["/:unknown", () => import("./views/missing.js")],
]

stored("localStorage", "names", null).set(null) // of files, kept here while the API stored none

const app = document.getElementById("app")
let session = new AbortController()

key.watch(async (secret) => {
  session.abort()
  session = new AbortController()
  if (!secret) return showSignIn(app, session.signal)
  const { signal } = session
  const [{ showShell }, { startUploads }] = await Promise.all([
    import("./views/shell.js"),
    import("./upload/session.js"),
  ])
  if (signal.aborted) return
  startUploads(signal)
  route(showShell(app, signal), signal)
})

/** Show the view of the address in `root`, now and whenever it changes. */
function route(root, signal) {
  let current = new AbortController()
  let shown = ""
  place.watch(async ({ path }) => {
    if (path === shown) return
    current.abort()
    current = linked(signal)
    const view = current.signal
    const [pattern, load] = VIEWS.find(([each]) => match(each, path)) ?? VIEWS.at(-1)
    shown = path
    const { show } = await load()
    if (view.aborted) return
    fill(root)
    await show({ root, params: match(pattern, path) ?? {}, signal: view })
    if (view.aborted) return
    // As after loading a page: scrolled to the top, with the focus on the view, announced by screen readers.
    window.scrollTo(0, 0)
    root.parentElement.scrollTo(0, 0)
    root.focus({ preventScroll: true })
  }, signal)
}

window.addEventListener("unhandledrejection", ({ reason }) => {
  if (reason?.name === "AbortError") return
  import("./ui/toast.js").then(({ toastError }) =>
    toastError(reason?.status === undefined ? new Error(strings.errors.bug) : reason),
  )
})
