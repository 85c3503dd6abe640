// Play a cut across its joints: the body of a function, given the page, an asset, a cut of it, and its segments as pairs
// of seconds. Returns for each joint the milliseconds from the end of the one span to the beginning of the next one;
// below zero they overlap.
await page.evaluate((to) => (location.hash = to), `#/assets/${asset}/cut/${cut}`)
await page.locator(".transcript .word").first().waitFor()
await page.waitForFunction(() => [...document.querySelectorAll("video")].every((film) => film.readyState >= 3))
return await page.evaluate(async (segments) => {
  const films = [...document.querySelectorAll("video")]
  const gaps = []
  const held = new Map()
  for (const film of films) {
    const pause = film.pause.bind(film)
    film.pause = () => {
      const other = films.find((each) => each !== film)
      if (film.matches(".is-active") && !film.paused && other.paused) held.set(film, performance.now())
      if (film.matches(".is-active") && !other.paused) {
        const joint = gaps.length
        const late = held.get(film) ? performance.now() - held.get(film) : 0
        const over = film.currentTime - segments[joint][1]
        const begun = other.currentTime - segments[joint + 1][0]
        gaps.push(Math.round(late + (over - begun) * 1000))
        held.delete(film)
      }
      pause()
    }
  }
  document.querySelector(".play").click()
  while (gaps.length < segments.length - 1) await new Promise((resolve) => setTimeout(resolve, 50))
  return gaps
}, segments)
