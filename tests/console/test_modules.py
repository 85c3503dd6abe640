"""The modules of the console by themselves, in a page."""

from __future__ import annotations

from tests.console.page import Page
from tests.harness import LiveBox
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium"), needs_packages("playwright-core", "axe-core")]

# Counts the listeners on a signal.
COUNTED = """
  const controller = new AbortController()
  const { signal } = controller
  let listeners = 0
  const { addEventListener, removeEventListener } = EventTarget.prototype
  signal.addEventListener = (...given) => (listeners++, addEventListener.apply(signal, given))
  signal.removeEventListener = (...given) => (listeners--, removeEventListener.apply(signal, given))
"""


def test_poll_running_long_leaves_no_listeners(shared_box: LiveBox, page: Page) -> None:
    before, after, end = page.do(
        """
        await page.goto(url)
        return await page.evaluate(`(async () => {
          ${counted}
          const { poll } = await import("/js/core/wait.js")
          const counts = []
          await new Promise((resolve) => {
            const task = async () => {
              counts.push(listeners)
              if (counts.length === 100) resolve()
            }
            poll(task, () => 1, signal)
          })
          controller.abort()
          await new Promise((resolve) => setTimeout(resolve, 50))
          return [counts[1], counts[99], counts.length]
        })()`)
        """,
        url=f"{shared_box.url}/",
        counted=COUNTED,
    )
    assert before == after == 0
    assert end == 100


def test_backoff_retrying_leaves_no_listeners(shared_box: LiveBox, page: Page) -> None:
    failures, left = page.do(
        """
        await page.goto(url)
        return await page.evaluate(`(async () => {
          ${counted}
          const { Backoff } = await import("/js/core/retry.js")
          let failures = 0
          const backoff = new Backoff(signal, () => setTimeout(() => window.dispatchEvent(new Event("online"))))
          await backoff.retry(async () => {
            if (failures++ < 20) throw Object.assign(new Error("busy"), { status: 503, retryAfter: 60 })
          })
          return [failures, listeners]
        })()`)
        """,
        url=f"{shared_box.url}/",
        counted=COUNTED,
    )
    assert failures == 21
    assert left == 0


def test_fingerprint_pieces_and_whole_agree(shared_box: LiveBox, page: Page) -> None:
    same, ahead, *different = page.do(
        """
        await page.goto(url)
        return await page.evaluate(async () => {
          const { EMPTY, extended, startsWith } = await import("/js/upload/fingerprint.js")
          const bytes = Uint8Array.from({ length: 2_500_003 }, (_, index) => (index * 2_654_435_761) >>> 24)
          const file = (content) => new File([content], "a.wav")
          const changed = (at, by) => file(bytes.map((byte, index) => (index === at ? byte ^ by : byte)))
          let print = EMPTY
          for (const end of [10, 1_048_576, 1_048_577, 2_500_003]) print = await extended(print, file(bytes), end)
          const whole = await extended(EMPTY, file(bytes), 2_500_003)
          const half = await extended(EMPTY, file(bytes), 1_000_000)
          return [
            JSON.stringify(print) === JSON.stringify(whole) && (await startsWith(file(bytes), print)),
            half.at === 1_048_576 && (await startsWith(changed(1_048_576, 1), half)),
            await startsWith(changed(0, 1), half),
            await startsWith(changed(1_048_575, 0x80), half),
            await startsWith(changed(2_500_002, 1), print),
            await startsWith(file(bytes.slice(0, -1)), print),
          ]
        })
        """,
        url=f"{shared_box.url}/",
    )
    assert same
    assert ahead
    assert different == [False] * 4


def test_price_equals_that_of_the_box(shared_box: LiveBox, page: Page) -> None:
    prices = page.do(
        """
        await page.goto(url)
        return await page.evaluate(async () => {
          const { price } = await import("/js/data/price.js")
          return ["0.001", "59.999", "60.000", "60.001", "3600.000", "3600.500"].map(price)
        })
        """,
        url=f"{shared_box.url}/",
    )
    assert prices == [1, 1, 1, 2, 60, 61]


def test_names_leave_sentences_alone(shared_box: LiveBox, page: Page) -> None:
    sent, said, failed = page.do(
        r"""
        await page.goto(url)
        return await page.evaluate(async () => {
          const { assetName } = await import("/js/upload/name.js")
          const { strings } = await import("/js/strings.js")
          const { strings: bulk } = await import("/js/bulk/strings.js")
          const outcomes = [{ kind: "failed", name: "\u202egpj\u2069.mp4", reason: "No." }]
          return [
            assetName("\u202egpj.\u2066exe\u2069\n\u200f.mp4"),
            strings.projects.archived("פרויקט"),
            bulk.result({ action: "cut", outcomes, left: 0 }),
          ]
        })
        """,
        url=f"{shared_box.url}/",
    )
    assert sent == "_gpj._exe__\u200f.mp4"
    assert said == "“\u2068פרויקט\u2069” is archived."
    assert "\u2068gpj.mp4\u2069: No" in failed
