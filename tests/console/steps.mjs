// The steps of a user on the console; each step waits until the page shows its result.

/** Return the steps on a page. */
export function stepsOf(page, axe) {
  const button = (name, options) => page.getByRole("button", { name, ...options })
  const heading = (name) => page.getByRole("heading", { name, level: 1 })

  const steps = {
    button,
    heading,

    async signIn(url, key, { remember = false } = {}) {
      await page.goto(url)
      await page.getByLabel("API key").fill(key)
      if (remember) await page.getByLabel("Remember").check()
      await button("Sign in").click()
      await page.locator(".shell").waitFor()
    },

    async makeProject(name) {
      await page.getByRole("heading", { level: 1 }).waitFor()
      await page.keyboard.press("n")
      await page.getByLabel("Name", { exact: true }).fill(name)
      await button("Create").click()
      await heading(name).waitFor()
    },

    /** Choose files with the button of the view, or with another one. */
    async upload(paths, by = button("Upload", { exact: true }).last()) {
      const [chooser] = await Promise.all([page.waitForEvent("filechooser"), by.click()])
      await chooser.setFiles(paths)
    },

    /** Wait until the row of an upload in the panel shows `text`. */
    async uploadSays(name, text) {
      const row = page.getByRole("region", { name: "Uploads" }).getByRole("listitem").filter({ hasText: name })
      await row.filter({ hasText: text }).first().waitFor()
    },

    /** Wait until the card of an asset shows `text`. */
    async cardShows(name, text) {
      await page.getByRole("main").getByRole("listitem").filter({ hasText: name }).filter({ hasText: text }).waitFor()
    },

    async openAsset(name) {
      await page.getByRole("main").getByRole("link", { name }).first().click()
      await heading(name).waitFor()
    },

    /** Limit the bytes a second that the page sends; 0 removes the limit. */
    async slowDown(bytesPerSecond) {
      const session = await page.context().newCDPSession(page)
      await session.send("Network.enable")
      await session.send("Network.emulateNetworkConditions", {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: bytesPerSecond || -1,
      })
    },

    /** Return the serious faults that axe finds in the visible page, by all its rules or only by some. */
    async accessibilityFaults(...rules) {
      if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe)
      const options = rules.length ? { runOnly: rules } : {}
      const { violations } = await page.evaluate((given) => window.axe.run(document, given), options)
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`)
    },

    /** Return by how many pixels the page is wider than the window. */
    overflow() {
      return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    },
  }
  return steps
}
