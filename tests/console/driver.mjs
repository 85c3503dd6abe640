// node driver.mjs BROWSER AXE: for each line of JSON on standard input, run its code and print the result.
//
// {"open": {...}} opens a fresh page with these options of Playwright's newContext(), {"close": true} closes it and
// returns its errors, {"code": "...", "values": {...}} is the body of an async function, given the page, the steps and
// the values.
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { stepsOf } from "./steps.mjs"

const require = createRequire(new URL("../clients/package.json", import.meta.url))
const { chromium } = require("playwright-core")

const TIMEOUT = 20_000
const PICTURE = fileURLToPath(new URL("output/failure.png", import.meta.url))
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
]
// The browser's own line for a refused or unanswered request; the test decides whether that is right.
const REFUSED =
  /^Failed to load resource: (the server responded with a status of \d+|net::ERR_(CONNECTION_|EMPTY_|FAILED|INTERNET_|ABORTED))/
const AsyncFunction = (async () => {}).constructor

const [executablePath] = process.argv.slice(2)
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8")
const browser = await chromium.launch({ executablePath, args: FLAGS })
let page
let faults

async function open(options) {
  const context = await browser.newContext({
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
    viewport: { width: 1440, height: 900 },
    ...options,
  })
  context.setDefaultTimeout(TIMEOUT)
  page = await context.newPage()
  faults = []
  page.on("console", (message) => {
    const { url } = message.location()
    if (message.type() === "error" && !REFUSED.test(message.text())) faults.push(`${message.text()} (${url})`)
  })
  page.on("pageerror", (error) => faults.push(String(error.stack ?? error)))
}

async function close() {
  await page.context().close()
  return faults
}

async function run(code, values) {
  const known = { page, ...stepsOf(page, axe), ...values }
  return await new AsyncFunction(...Object.keys(known), code)(...Object.values(known))
}

async function answer({ open: options, close: isEnd, code, values }) {
  if (options) return await open(options)
  if (isEnd) return await close()
  return await run(code, values)
}

/** Return the circumstances of a failure: the address, earlier errors, and a screenshot. */
async function circumstances() {
  if (!page || page.isClosed()) return "no page is open"
  await page.screenshot({ path: PICTURE, timeout: 5000 }).catch(() => {})
  return [`at ${page.url()}, see ${PICTURE}`, ...faults].join("\n")
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ value: (await answer(JSON.parse(line))) ?? null }))
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.stack ?? error}\n${await circumstances()}` }))
  }
}
await browser.close()
