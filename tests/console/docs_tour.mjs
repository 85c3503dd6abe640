// Visit the documentation page: the body of a function, given the values of test_docs.py. Returns the faults found.
const PLACES = ["introduction", "upload-a-file", "errors", "send_chunk"]
const faults = []
const fullWindow = page.viewportSize()
const contents = page.getByRole("navigation", { name: "Contents" })

await page.goto(url)
await page.locator("article.operation").first().waitFor()
for (const theme of ["light", "dark"]) {
  await page.emulateMedia({ colorScheme: theme })
  for (const place of PLACES) {
    await page.evaluate((id) => (location.hash = id), place)
    await page.waitForFunction((id) => Math.abs(document.getElementById(id).getBoundingClientRect().top) < 100, place)
    await page.screenshot({ path: `${prefix}${place}-${theme}.png` })
  }
}
// Unfold everything of a few operations of each kind: the others are rendered alike, and axe is slow.
await page.evaluate(() => {
  const some = "#create_asset, #send_chunk, #list_projects_head, #preflight_projects"
  const few = "#introduction, #upload-a-file, #errors"
  document.querySelectorAll(`.operation:not(${some}), .chapter:not(${few})`).forEach((each) => each.remove())
  document.querySelectorAll("details").forEach((each) => (each.open = true))
})
if (isPhone) {
  await button("Contents").click()
  await page.getByRole("searchbox").fill("upload")
  await contents.getByRole("link", { name: "Upload a file" }).waitFor()
  await page.screenshot({ path: `${prefix}contents-dark.png` })
}
faults.push(...(await accessibilityFaults()))
if (isPhone) {
  await contents.getByRole("link", { name: "Upload a file" }).click()
  await contents.waitFor({ state: "hidden" })
} else {
  // The themes differ only in color.
  await page.emulateMedia({ colorScheme: "light" })
  faults.push(...(await accessibilityFaults("color-contrast")))
}
await page.setViewportSize({ ...fullWindow, width: narrowest })
const wider = await overflow()
if (wider > 0) faults.push(`${wider} px wider than a window of ${narrowest} px`)
await page.setViewportSize(fullWindow)
await page.emulateMedia({ media: "print", colorScheme: "light" })
await contents.waitFor({ state: "hidden" })
return faults
