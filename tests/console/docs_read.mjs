// Read the documentation page: the body of a function. Returns its operations with their parts, and its chapters.
await page.goto(url)
await page.locator("article.operation").first().waitFor()
return await page.evaluate(() => {
  const texts = (root, selector) => [...root.querySelectorAll(selector)].map((node) => node.textContent)
  const codes = (root) =>
    Object.fromEntries(
      [...root.querySelectorAll("[role=tabpanel]")].map((each) => [each.dataset.language, each.textContent]),
    )
  const shownExamples = (operation) => {
    const picker = operation.querySelector(".is-response select")
    return [...picker.options].map(({ value, text }) => {
      picker.value = value
      picker.dispatchEvent(new Event("change"))
      return [text, operation.querySelector(".is-response pre").textContent]
    })
  }
  const operations = [...document.querySelectorAll(".operation")].map((operation) => ({
    id: operation.id,
    method: operation.querySelector(".method").textContent,
    path: operation.querySelector(".endpoint > code").textContent,
    access: operation.querySelector(".access").textContent,
    statuses: texts(operation, ".response > summary > .status"),
    responses: texts(operation, ".response"),
    names: texts(operation, ".member-name"),
    text: operation.textContent,
    samples: codes(operation.querySelector(".operation-code")),
    examples: shownExamples(operation),
  }))
  const chapters = [...document.querySelectorAll(".chapter")].map((chapter) => ({
    id: chapter.id,
    rows: [...chapter.querySelectorAll("tr[id]")].map(({ id }) => id),
    blocks: [...chapter.querySelectorAll("figure.code")].map((figure) => {
      const panels = codes(figure)
      return Object.keys(panels).length ? panels : { alone: figure.querySelector("pre").textContent }
    }),
  }))
  const links = [...document.querySelectorAll('a[href^="#"]')].map((link) => decodeURIComponent(link.hash.slice(1)))
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id)
  return { operations, chapters, links, ids }
})
