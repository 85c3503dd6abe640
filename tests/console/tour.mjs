// Visit every view: the body of a function, given the page, its steps and the values of test_looks.py.
// Returns the faults found.
const faults = []
const byName = Object.fromEntries(Object.entries(names).map(([id, name]) => [name, id]))

const fullWindow = page.viewportSize()
const look = async (view) => {
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme })
    await page.screenshot({ path: `${prefix}${view}-${theme}.png` })
    // The themes differ only in color, and phones have no colors of their own.
    const rules = theme === "light" ? [] : ["color-contrast"]
    const found = theme === "dark" && isPhone ? [] : await accessibilityFaults(...rules)
    faults.push(...found.map((fault) => `${view}, ${theme}: ${fault}`))
  }
  await page.setViewportSize({ ...fullWindow, width: narrowest })
  const wider = await overflow()
  if (wider > 0) faults.push(`${view}: ${wider} px wider than a window of ${narrowest} px`)
  await page.setViewportSize(fullWindow)
}
const visit = async (path, shown) => {
  await page.evaluate((to) => (location.hash = to), path)
  await page.getByText(shown).first().waitFor()
  await page.waitForFunction(() => !document.querySelector("[aria-busy], .asset-page[aria-hidden]"))
}
const visitAsset = (name, shown) => visit(`#/assets/${byName[name]}`, shown)
const closeDialog = () => page.keyboard.press("Escape")

await page.goto(url)
await look("sign-in")
await page.getByLabel("API key").fill("sk_wrong")
await button("Sign in").click()
await page.getByText("Unknown API key").waitFor()
await look("sign-in-refused")

await signIn(url, key)
await visit(`#/projects/${project}`, "Interview Mara")
await page.waitForFunction(() => [...document.images].every((image) => image.complete))
await page.locator(".sound .bars").first().waitFor()
await look("assets-grid")
await page.getByText("List", { exact: true }).click({ force: true })
await look("assets-list")
await page.getByText("Grid", { exact: true }).click({ force: true })
await page.getByRole("searchbox").fill("nothing of the kind")
await page.getByText("No results").waitFor()
await look("assets-nothing-found")
await visit("#/assets", "Interview Mara")
await look("assets-all")
await button("Upload", { exact: true }).first().waitFor()

await visitAsset("Interview Mara, take 2.mp4", "Details")
await page.waitForFunction(() => document.querySelector("video")?.readyState >= 2)
await page.locator(".envelope").first().waitFor()
await page.getByRole("slider", { name: "Position" }).click()
await page.waitForFunction(() => !document.querySelector("video").seeking)
await page.getByText("1 credit", { exact: true }).waitFor()
await look("asset-video")
await visitAsset("Voice over, first reading.wav", "Details")
await page.locator(".envelope").first().waitFor()
await page.getByRole("slider", { name: "Position" }).click()
await look("asset-audio")
await visitAsset("Interview Jonas, uncut.wav", "roughy-box topup")
await look("asset-unpaid")
await visitAsset("Notes.txt", "could not be prepared")
await look("asset-failed")
await visitAsset("B-roll drone.mov", "60%")
await look("asset-incomplete")
await visit("#/assets/01940000-0000-7000-8000-00000000dead", "no longer exists")
await look("asset-gone")

await visit("#/projects", "Active")
await look("projects")
await page.getByText("Archived").first().click({ force: true })
await page.getByText("Trailer").waitFor()
await look("projects-archived")
await visit("#/credits", "Ledger")
await page.getByRole("cell", { name: "+6" }).waitFor()
await look("credits")
await visit("#/nowhere", "Page not found")
await look("missing")

await visit(`#/projects/${project}`, "Interview Mara")
await page.keyboard.press("?")
await page.getByRole("dialog").waitFor()
await look("help")
await closeDialog()
await button("Project actions").click()
await page.getByRole("menu").waitFor()
await look("project-menu")
await page.getByRole("menuitem", { name: "Delete" }).click()
await page.getByLabel("To confirm").waitFor()
await look("project-delete")
await closeDialog()
if (isPhone) {
  await button("Menu").click()
  await page.getByRole("link", { name: "All projects" }).waitFor()
  await look("menu")
  await page.keyboard.press("Escape")
}

// Uploads without an answer: the panel while they run.
await page.evaluate(() => (location.hash = "#/projects"))
await page.route("**/v1/uploads/**", (route) => (route.request().method() === "PATCH" ? null : route.fallback()))
await page.evaluate((to) => (location.hash = to), `#/projects/${project}`)
await page.getByText("Interview Mara").first().waitFor()
await upload([
  { name: "Interview Ana, camera B.mov", mimeType: "video/quicktime", buffer: Buffer.alloc(9_000_000) },
  { name: "Atmo fish market.wav", mimeType: "audio/wav", buffer: Buffer.alloc(3_000_000) },
  { name: "empty.wav", mimeType: "audio/wav", buffer: Buffer.alloc(3) },
])
await uploadSays("empty.wav", "at least 64 bytes")
await button("Pause Atmo fish market.wav").click()
await uploadSays("Atmo fish market.wav", "Paused")
await look("uploads")
for (const name of ["Interview Ana, camera B.mov", "Atmo fish market.wav"]) await button(`Cancel ${name}`).click()
await page.getByText("Uploads finished").waitFor()
await button("Remove empty.wav from this list").click()

await makeProject("Nothing in it")
await page.getByText("No recordings yet").waitFor()
await look("project-empty")
await button("Project actions").click()
await page.getByRole("menuitem", { name: "Delete" }).click()
await page.getByLabel("To confirm").fill("Nothing in it")
await button("Delete project").click()
await page.getByText("was deleted").waitFor()
await look("toast")
return faults
