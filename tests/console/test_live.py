"""The console lives on events: it polls only when they fail, and all tabs of a browser share one stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.console.page import Page
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium"), needs_packages("playwright-core", "axe-core")]

Account = Callable[..., Any]
# Counts the requests of the page to the API, and lets its timers run hours ahead.
COUNTING = """
  await page.clock.install()
  const asked = []
  page.on("request", (request) => request.url().includes("/v1/") && asked.push(request.url()))
  globalThis.asked = asked
"""
AN_HOUR = "asked.length = 0; await page.clock.runFor(3_600_000); return asked"


def streams(box: LiveBox) -> int:
    """Return the number of open event streams."""
    (line,) = (each for each in httpx.get(f"{box.url}/metrics").text.splitlines() if "event_streams " in each[:27])
    return int(float(line.split()[1]))


def assert_quiet(page: Page) -> None:
    """Wait until the page asks for nothing in an hour; one that polls always does."""
    wait_until(lambda: page.do(AN_HOUR) == [])


def show_changes(page: Page, box: LiveBox, made: Any) -> None:
    """Change everything by other programs, and see it in the page, which shows all assets."""
    api = Api(box, made["api_key"])
    with api.http:
        project_id = api.project("Elsewhere")
        page.do('await page.getByRole("navigation").getByRole("link", { name: "Elsewhere" }).waitFor()')
        api.http.patch(f"/v1/projects/{project_id}", json={"name": "Renamed"})
        page.do('await page.getByRole("navigation").getByRole("link", { name: "Renamed" }).waitFor()')
        asset_id, url = api.asset(len(wav(70.0)), project_id, "take 1.wav")
        page.do('await cardShows("take 1.wav", "Uploading")')
        api.patch(url, 0, wav(70.0))
        page.do('await cardShows("take 1.wav", "Unpaid"); await cardShows("take 1.wav", "1:10")')
        box.cli("topup", "4", "--account", made["account"])
        page.do(
            """
            await page.getByRole("link", { name: "Credits 3" }).waitFor()
            await page.locator(".asset-list .sound svg").waitFor()
            """
        )
        api.http.delete(f"/v1/assets/{asset_id}")
        page.do('await page.getByText("No recordings yet").waitFor()')
        api.http.delete(f"/v1/projects/{project_id}")
        page.do('await page.getByText("None yet").waitFor()')


def test_live_page_shows_changes_without_polling(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account(credits=1)
    wait_until(lambda: streams(shared_box) == 0)
    page.do(COUNTING)
    page.sign_in(shared_box, made["api_key"])
    page.do('await page.getByRole("link", { name: "All assets" }).click(); await heading("All assets").waitFor()')
    wait_until(lambda: streams(shared_box) == 1)
    assert_quiet(page)
    show_changes(page, shared_box, made)
    assert_quiet(page)


@pytest.mark.parametrize("place", ["asset", "credits", "renders"])
def test_live_views_do_not_poll(shared_box: LiveBox, page: Page, account: Account, place: str) -> None:
    made = account(credits=1)
    api = Api(shared_box, made["api_key"])
    with api.http:
        unpaid = api.upload(wav(70.0), name="take 1.wav")["id"]
        wait_until(lambda: streams(shared_box) == 0)
        page.do(COUNTING)
        page.sign_in(shared_box, made["api_key"])
        page.do("await page.goto(url)", url=f"{shared_box.url}/#/{f'assets/{unpaid}' if place == 'asset' else place}")
        wait_until(lambda: streams(shared_box) == 1)
        assert_quiet(page)
        shared_box.cli("topup", "9", "--account", made["account"])
        if place == "asset":
            page.do('await page.getByText("Ready").first().waitFor()')
            api.http.delete(f"/v1/assets/{unpaid}")
            page.do('await page.getByText("This asset no longer exists").waitFor()')
        elif place == "credits":
            page.do('await page.getByText("Top-up").nth(1).waitFor()')
        else:
            api.http.post("/v1/renders", json={"asset_id": unpaid, "output": {"format": "mp3"}})
            page.do('await page.getByRole("main").getByRole("listitem").filter({ hasText: "Ready" }).waitFor()')


def test_page_without_stream_polls(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account(credits=1)
    wait_until(lambda: streams(shared_box) == 0)
    page.refuse_stream()
    page.do(COUNTING)
    page.sign_in(shared_box, made["api_key"])
    page.do('await page.getByRole("link", { name: "All assets" }).click(); await heading("All assets").waitFor()')
    seen: list[str] = []
    for path in ("assets?", "projects?", "credits/balance"):
        wait_until(lambda path=path: seen.extend(page.do(AN_HOUR)) or sum(path in each for each in seen) > 2)
    assert streams(shared_box) == 0


def test_page_follows_restarted_box(fresh_box: Callable[..., LiveBox], page: Page) -> None:
    box = fresh_box()
    page.sign_in(box, box.key, "Before")
    wait_until(lambda: streams(box) == 1)
    box.stop()
    page.do('await page.getByText("cannot be reached").waitFor()')
    box.start()
    wait_until(lambda: streams(box) == 1)
    with Api(box).http as http:
        http.post("/v1/projects", json={"name": "After"})
    page.do('await page.getByRole("navigation").getByRole("link", { name: "After" }).waitFor()')
    page.do('await page.getByText("cannot be reached").waitFor({ state: "hidden" })')


def test_two_tabs_share_one_stream(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account()
    wait_until(lambda: streams(shared_box) == 0)
    page.do("await signIn(url, key, { remember: true })", url=f"{shared_box.url}/", key=made["api_key"])
    page.do(
        """
        globalThis.second = await page.context().newPage()
        await second.goto(url)
        await second.locator(".shell").waitFor()
        """,
        url=f"{shared_box.url}/",
    )
    wait_until(lambda: streams(shared_box) == 1)
    api = Api(shared_box, made["api_key"])
    with api.http:
        api.project("Both")
        page.do(
            """
            const link = (tab) => tab.getByRole("navigation").getByRole("link", { name: "Both" })
            await Promise.all([page, second].map((tab) => link(tab).waitFor()))
            """
        )
        assert streams(shared_box) == 1
        page.do("await page.goto('about:blank')")
        api.project("One")
        page.do('await second.getByRole("navigation").getByRole("link", { name: "One" }).waitFor()')
    assert streams(shared_box) == 1
    page.do("await second.close()")
    wait_until(lambda: streams(shared_box) == 0)
