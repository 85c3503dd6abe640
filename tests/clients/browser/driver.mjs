// node driver.mjs BROWSER PAGE: for each task on the standard input (a line of JSON), open a fresh page, choose the
// task's file, call the page's function with the task's plan, and print the result (a line of JSON).
import { createInterface } from "node:readline"
import { chromium } from "playwright-core"

const TIMEOUT = 30_000
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

const [executablePath, address] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath, args: FLAGS })

function late() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("the page took too long")), TIMEOUT).unref())
}

async function perform({ file, call, plan }) {
  const page = await browser.newPage()
  try {
    await page.goto(address)
    await page.setInputFiles("input", file)
    return await Promise.race([page.evaluate(([call, plan]) => window[call](plan), [call, plan]), late()])
  } catch (error) {
    return { ending: "crashed", error: String(error) }
  } finally {
    await page.close()
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await perform(JSON.parse(line))))
}
await browser.close()
