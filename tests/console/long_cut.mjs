// Edit a cut of two hours and 20,000 words: the body of a function, given the page, an asset and a cut of it.
// The asset and the cut are those of the box, made longer on the way. Returns what was measured, in milliseconds of
// scripts, style and layout: a frame while scrolling, and an edit.
const [words, spans, seconds] = [20_000, 3000, 7200]
const reasons = ["pause", "retake", "filler", "off_script"]
const made = {
  frame_rate: null, duration_seconds: seconds, source_offset: 0, suggestions: [], warnings: [],
  segments: Array.from({ length: spans }, (_, n) => ({ start_frame: n * 2400, end_frame: n * 2400 + 1600 })),
  dropped: Array.from({ length: spans }, (_, n) => (
    { start: n * 2.4 + 1.6, end: n * 2.4 + 2.4, reason: reasons[n % 4], text: "", kept_instead: null })),
  words: Array.from({ length: words }, (_, n) => (
    { text: n % 8 ? "word" : "end.", start: n * 0.36, end: n * 0.36 + 0.3, confidence: 0.9, kind: "word" })),
}
const ranges = []
const peaks = Buffer.alloc(seconds * 200, Buffer.from([-40, 40]))
await page.route(/cuts\/[^/]+\/export/, (route) => route.fulfill({ json: made }))
await page.route(/assets\/[^/]+$/, async (route) => {
  const response = await route.fetch()
  const body = await response.json()
  await route.fulfill({ response, json: { ...body, duration_seconds: "7200.000", waveform_url: null } })
})
await page.route(/\.peaks/, (route) => {
  const range = route.request().headers().range
  ranges.push(range)
  const [from, to] = range.match(/\d+/g).map(Number)
  route.fulfill({ status: 206, body: peaks.subarray(from, to + 1) })
})
await page.evaluate((to) => (location.hash = to), `#/assets/${asset}/cut/${cut}`)
await page.locator(".transcript .word").first().waitFor()
for (let count = 0; count < 12; count++) await page.keyboard.press("+")
await page.waitForFunction(() => document.querySelector(".wave-scroll").scrollWidth > 100_000)
ranges.length = 0
await page.evaluate(() => (document.querySelector(".wave-scroll").scrollLeft = 0))
const session = await page.context().newCDPSession(page)
await session.send("Performance.enable")
const busy = async () => {
  const { metrics } = await session.send("Performance.getMetrics")
  const names = ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"]
  return metrics.filter(({ name }) => names.includes(name)).reduce((sum, { value }) => sum + value * 1000, 0)
}
const frames = 150
const scrolled = async (selector, side) => {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  const before = await busy()
  await page.evaluate(async ([selector, side, frames]) => {
    const element = document.querySelector(selector)
    for (let frame = 0; frame < frames; frame++) {
      element[side] += 80
      await new Promise(requestAnimationFrame)
    }
  }, [selector, side, frames])
  return ((await busy()) - before) / frames
}
const edit = await page.evaluate(async () => {
  const times = []
  for (let count = 0; count < 9; count++) {
    const run = document.querySelectorAll(".run.is-dropped")[count * 3]
    const begun = performance.now()
    run.click()
    run.getBoundingClientRect()
    times.push(performance.now() - begun)
  }
  return times.sort((one, other) => one - other)[4]
})
return {
  paragraphs: await page.locator(".para").count(),
  words: await page.locator(".word").count(),
  scrolledText: await scrolled(".transcript", "scrollTop"),
  scrolledWave: await scrolled(".wave-scroll", "scrollLeft"),
  ranges: [...new Set(ranges)],
  edit,
}
