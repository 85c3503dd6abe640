"""Many assets at once: selected by mouse and keys, cut, rendered, deleted; the state of each on its card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.talks import post
from tests.console.page import Page
from tests.harness import Api, LiveBox
from tests.media_bytes import wav
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium"), needs_packages("playwright-core", "axe-core")]

Account = Callable[..., Any]
# The steps on a list of assets.
STEPS = """
  const card = (name) => page.locator(".asset").filter({ hasText: name })
  const check = (name) => page.getByRole("checkbox", { name: `Select ${name}` })
  const title = (name) => page.getByRole("main").getByRole("link", { name })
  const selected = () => page.locator(".asset.is-selected .asset-title").allInnerTexts()
  const key = (name) => page.keyboard.press(name)
  const bar = page.getByRole("group", { name: "Selection" })
  const dialog = page.getByRole("dialog")
  const open = async () => {
    await page.getByRole("link", { name: "All assets" }).click()
    await title("one").waitFor()
  }
"""
NAMES = ("one", "two", "three", "four", "five", "six")


@pytest.fixture
def make(shared_box: LiveBox, account: Account, page: Page) -> Callable[..., Api]:
    """Return a function: ``make(3)`` signs in to an account with three sounds; ``first`` are the seconds of the one."""

    def made(count: int, credits: int = 100, first: float = 1, is_sent: bool = True) -> Api:
        key = account(credits)["api_key"]
        api = Api(shared_box, key)
        project = api.project("Season 2")
        for name in reversed(NAMES[:count]):
            if is_sent:
                api.upload(wav(first if name == NAMES[0] else 1), project, f"{name}.wav")
            else:
                api.asset(1000, project, f"{name}.wav")
        page.sign_in(shared_box, key)
        return api

    return made


def test_selection_by_mouse_and_keys(page: Page, make: Callable[..., Api]) -> None:
    make(6, is_sent=False)
    steps = page.do(
        STEPS
        + """
        await open()
        const steps = {}
        const note = async (name) => (steps[name] = (await selected()).join(" ").replaceAll(".wav", ""))
        await check("two.wav").click()
        await note("check")
        await check("five.wav").click({ modifiers: ["Shift"] })
        await note("range")
        await check("three.wav").click({ modifiers: ["Shift"] })
        await note("smaller")
        await title("six").click({ modifiers: ["Control"] })
        await note("added")
        await check("five.wav").click({ modifiers: ["Shift"] })
        await note("joined")
        await title("two").click()
        await note("clicked")
        steps.said = await bar.getByRole("status").innerText()
        await key("Escape")
        await note("escaped")
        await title("one").focus()
        await key("ArrowRight")
        await key("Space")
        await note("space")
        await key("Shift+ArrowRight")
        await key("Shift+ArrowRight")
        await note("keys")
        await key("Shift+ArrowLeft")
        await note("back")
        await key("Shift+End")
        await note("to the end")
        await key("Shift+Home")
        await note("to the start")
        await key("Control+a")
        await note("all")
        await button("Account").click()
        await page.getByRole("menu").waitFor()
        await key("Escape")
        await page.getByRole("menu").waitFor({ state: "detached" })
        await note("menu closed")
        const faults = await accessibilityFaults()
        if (faults.length) throw new Error(faults.join())
        await page.getByText("List", { exact: true }).click({ force: true })
        await note("list")
        await page.getByLabel("Search", { exact: true }).fill("t")
        await page.getByText("2 assets").waitFor()
        await note("found")
        steps.lost = await page.locator(".toast").innerText()
        await title("three").focus()
        await key("Enter")
        await heading("three.wav").waitFor()
        return steps
        """
    )
    assert steps == {
        "check": "two",
        "range": "two three four five",
        "smaller": "two three",
        "added": "two three six",
        "joined": "two three five six",
        "clicked": "three five six",
        "said": "3 of 6 selected",
        "escaped": "",
        "space": "two",
        "keys": "two three four",
        "back": "two three",
        "to the end": "two three four five six",
        "to the start": "one two",
        "all": "one two three four five six",
        "menu closed": "one two three four five six",
        "list": "one two three four five six",
        "found": "two three",
        "lost": "4 assets are no longer selected: the list does not show them.",
    }


def test_three_cut_one_fails(page: Page, make: Callable[..., Api]) -> None:
    api = make(3, credits=3, first=70)
    asked, left = page.do(
        STEPS
        + """
        const asked = []
        page.on("request", (request) => {
          if (request.method() === "POST" && request.url().endsWith("/v1/cuts")) asked.push(request.postDataJSON())
        })
        await open()
        await check("one.wav").click()
        await check("three.wav").click({ modifiers: ["Shift"] })
        await bar.getByRole("button", { name: "Cut…" }).click()
        await dialog.getByLabel("Longest pause").selectOption("1")
        const faults = await accessibilityFaults()
        if (faults.length) throw new Error(faults.join())
        await dialog.getByRole("button", { name: "Cut" }).dblclick()
        await page.getByText("2 cuts started, 1 could not be cut: \u2068one.wav\u2069: ").waitFor()
        await card("two.wav").filter({ hasText: /Cut/ }).waitFor()
        await card("three.wav").filter({ hasText: /Cut/ }).waitFor()
        return [asked, await selected()]
        """
    )
    assert left == ["one.wav"]
    assert len({each["asset_id"] for each in asked}) == len(asked) == 3
    assert all(each["options"]["max_pause"] == 1 for each in asked)
    assert all("script" not in each and "off_script" not in each["options"] for each in asked)
    assert api.http.get("/v1/cuts").json()["total"] == 2


def test_renders_by_keys_of_newest_cut_or_whole(page: Page, make: Callable[..., Api]) -> None:
    api = make(2)
    two, one = (each["id"] for each in reversed(api.http.get("/v1/assets").json()["items"]))
    post(api, one, segments=[{"start": 0, "end": 0.2}])
    newest = post(api, one, segments=[{"start": 0, "end": 0.5}])["id"]
    page.do(
        STEPS
        + """
        await open()
        await card("one.wav").filter({ hasText: "Cut ready" }).waitFor()
        await title("one").focus()
        await key("Control+a")
        await key("r")
        await dialog.getByText("Of 1 recording, the newest finished cut is rendered.").waitFor()
        await dialog.getByText("1 recording without a finished cut will be rendered whole.").waitFor()
        if (await dialog.getByRole("option", { name: /MP4/ }).count()) throw new Error("pictures of sounds")
        await dialog.getByLabel("Finished file").selectOption("m4a")
        await dialog.getByRole("button", { name: "Render" }).focus()
        await key("Enter")
        await page.getByText("2 renders started, 1 of them of the whole recording.").waitFor()
        await page.waitForFunction(() => document.activeElement.matches(".asset-title"))
        for (const name of ["one.wav", "two.wav"]) await card(name).filter({ hasText: "Render ready" }).waitFor()
        await title("one").focus()
        await key("Control+a")
        await key("r")
        await dialog.getByText("will be rendered whole").waitFor()
        await dialog.getByRole("button", { name: "Render" }).click()
        await page.getByText("2 were there already").waitFor()
        """
    )
    renders = api.http.get("/v1/renders").json()["items"]
    assert {each["asset_id"]: each["cut_id"] for each in renders} == {one: newest, two: None}


def test_states_on_cards_change_live(page: Page, make: Callable[..., Api]) -> None:
    api = make(3)
    *_, one = (each["id"] for each in reversed(api.http.get("/v1/assets").json()["items"]))
    asked = page.do(
        STEPS
        + """
        const asked = []
        const ours = /v1.(cuts|renders)/
        page.on("request", (request) => ours.test(request.url()) && asked.push(new URL(request.url()).search))
        const answered = (kind) => page.waitForResponse((response) => response.url().includes(`/v1/${kind}?`))
        await Promise.all([answered("cuts"), answered("renders"), open()])
        globalThis.refuse = () => page.route(ours, (route) => route.abort())
        globalThis.answer = () => page.unroute(ours)
        await refuse()
        return asked
        """
    )
    assert set(asked) <= {"?limit=100&offset=0", f"?limit=100&project_id={api.get(one)['project_id']}&offset=0"}
    cut = post(api, one, segments=[{"start": 0, "end": 0.5}])["id"]
    page.do('await cardShows("one.wav", "Cut ready")')
    wish = {"asset_id": one, "cut_id": cut, "output": {"format": "mp3"}}
    assert api.http.post("/v1/renders", json=wish).status_code == 201
    page.do('await cardShows("one.wav", "Render ready"); await answer()')
    api.http.delete(f"/v1/cuts/{cut}")
    page.do('await page.getByText("Cut ready").waitFor({ state: "detached" })')


def test_job_announced_every_five_seconds(page: Page, make: Callable[..., Api]) -> None:
    make(1, is_sent=False)
    said = page.do(
        STEPS
        + """
        await open()
        return await page.evaluate(async () => {
          const { bulk } = await import("/js/bulk/run.js")
          const regions = [...document.querySelectorAll(".bulk-note [role=status]")]
          const said = []
          const at = (seconds, done, isRunning = true) => {
            performance.now = () => seconds * 1000
            const outcomes = Array.from({ length: done }, () => ({ kind: "started" }))
            bulk.set({ action: "cut", total: 11, outcomes, left: 0, isRunning })
            said.push(regions.map((region) => region.textContent).join(""))
          }
          at(100, 0)
          at(104.9, 2)
          at(105, 3)
          at(106, 11, false)
          at(107, 0)
          return said
        })
        """
    )
    start = "Starting cuts: 0 of 11"
    assert said == [start, start, "Starting cuts: 3 of 11", "11 cuts started.", start]


def test_progress_on_card_is_that_of_events(page: Page, make: Callable[..., Api]) -> None:
    make(1)
    shown = page.do(
        STEPS
        + """
        await open()
        return await page.evaluate(async () => {
          const { announce } = await import("/js/core/live.js")
          const card = document.querySelector(".asset")
          const seen = []
          const tell = (change, state, progress, message = null) => {
            const cut = { id: "1", asset_id: card.dataset.id, state, progress, error_message: message }
            announce(`cut.${change}`, cut)
            const bar = card.querySelector("progress")
            const chip = card.querySelector(".asset-work .state")
            seen.push([chip.innerText, bar.hidden ? null : [bar.value, bar.getAttribute("aria-label")]])
          }
          tell("created", "pending", 0)
          tell("progress", "processing", 0.425)
          tell("failed", "failed", 0.5, "No sound")
          return seen
        })
        """
    )
    assert shown == [
        ["Cut waiting", [0, "Cut waiting"]],
        ["Cutting 42%", [0.425, "Cutting 42%"]],
        ["Cut failed: No sound", None],
    ]


def test_reload_in_the_middle_goes_on(page: Page, make: Callable[..., Api]) -> None:
    api = make(4)
    page.do(
        STEPS
        + """
        let count = 0
        await page.route("**/v1/cuts", (route) => (++count > 2 ? null : route.continue()))
        await open()
        await title("one").focus()
        await key("Control+a")
        await key("x")
        await dialog.getByRole("button", { name: "Cut" }).click()
        await page.getByText("Starting cuts: 2 of 4").first().waitFor()
        for (const action of await bar.getByRole("button", { name: "…" }).all()) {
          if (await action.isEnabled()) throw new Error("asked for twice")
        }
        await page.unroute("**/v1/cuts")
        await page.reload()
        await page.getByText("4 cuts started.").waitFor()
        """
    )
    assert api.http.get("/v1/cuts").json()["total"] == 4


def test_stopped_leaves_out_the_rest(page: Page, make: Callable[..., Api]) -> None:
    make(3)
    left = page.do(
        STEPS
        + """
        await page.route("**/v1/cuts", () => null)
        await open()
        await title("one").focus()
        await key("Control+a")
        await key("x")
        await dialog.getByRole("button", { name: "Cut" }).click()
        await button("Stop").click()
        await page.getByText("0 cuts started, 3 were left out.").waitFor()
        return await selected()
        """
    )
    assert len(left) == 3


def test_busy_box_is_asked_again_when_it_says(page: Page, make: Callable[..., Api]) -> None:
    api = make(2)
    waited = page.do(
        STEPS
        + """
        const times = []
        const busy = { error: { code: "rate_limited", message: "Too many requests." } }
        await page.route("**/v1/cuts", (route) => {
          times.push(performance.now())
          if (times.length > 2) return route.continue()
          return route.fulfill({ status: times.length === 1 ? 429 : 503, headers: { "Retry-After": "1" }, json: busy })
        })
        await open()
        await title("one").focus()
        await key("Control+a")
        await key("x")
        await dialog.getByRole("button", { name: "Cut" }).click()
        await page.getByRole("link", { name: "Credits" }).click()
        await page.locator(".toast").filter({ hasText: "2 cuts started." }).waitFor()
        return times[2] - times[0]
        """
    )
    assert waited >= 950
    assert api.http.get("/v1/cuts").json()["total"] == 2


def test_many_deleted_by_keys(page: Page, make: Callable[..., Api]) -> None:
    api = make(3)
    page.do(
        STEPS
        + """
        await open()
        await title("one").focus()
        await key("Space")
        await key("Shift+ArrowRight")
        await key("Delete")
        await dialog.getByText("permanently deleted").waitFor()
        await dialog.getByRole("button", { name: "Delete 2 assets" }).click()
        await page.getByText("2 assets deleted.").waitFor()
        await page.getByText("1 asset", { exact: true }).waitFor()
        await button("Close this message").click()
        await page.getByText("2 assets deleted.").waitFor({ state: "detached" })
        """
    )
    assert [each["name"] for each in api.http.get("/v1/assets").json()["items"]] == ["three.wav"]
