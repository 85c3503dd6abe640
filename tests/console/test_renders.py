"""Finished files in the console: rendered from a cut, followed, downloaded, canceled, listed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.talks import post
from tests.console.page import Page
from tests.harness import Api, LiveBox
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium", "ffmpeg"), needs_packages("playwright-core", "axe-core")]


@pytest.fixture
def cut_film(shared_box: LiveBox, account: Any, film: Any) -> dict[str, Any]:
    """Return a cut of a film of six seconds: key, asset, cut."""
    key = account()["api_key"]
    api = Api(shared_box, key)
    asset = api.upload(film.read_bytes(), name="interview.mp4")["id"]
    segments = [{"start": 1, "end": 2}, {"start": 3, "end": 4.5}]
    return {"secret": key, "asset": asset, "cut": post(api, asset, segments=segments)["id"]}


def test_render_finished_downloaded_listed(page: Page, shared_box: LiveBox, cut_film: dict[str, Any]) -> None:
    page.sign_in(shared_box, cut_film["secret"])
    name, size, listed = page.do(
        """
        await page.evaluate((to) => (location.hash = to), `#/assets/${asset}/cut/${cut}`)
        await page.locator(".transcript .word").first().waitFor()
        await page.keyboard.press("e")
        await page.getByLabel("Finished file").selectOption("podcast")
        await button("Render", { exact: true }).click()
        const row = page.locator(".render")
        await row.filter({ hasText: "0:03" }).waitFor()
        const save = button("Download MP3 · 192 kbit/s").click()
        const [file] = await Promise.all([page.waitForEvent("download"), save])
        let size = 0
        for await (const chunk of await file.createReadStream()) size += chunk.length
        await page.keyboard.press("Escape")
        await page.keyboard.press("g")
        await page.keyboard.press("r")
        await heading("Renders").waitFor()
        const link = page.getByRole("main").getByRole("link", { name: "interview.mp4" })
        const listed = await link.getAttribute("href")
        const faults = await accessibilityFaults()
        if (faults.length) throw new Error(faults.join())
        await button("Delete MP3 · 192 kbit/s").click()
        await button("Delete file").click()
        await page.getByText("No renders yet").waitFor()
        return [file.suggestedFilename(), size, listed]
        """,
        **cut_film,
    )
    assert name.endswith(".mp3")
    assert 50_000 < size < 75_000
    assert listed == f"#/assets/{cut_film['asset']}/cut/{cut_film['cut']}"


def test_render_running_is_canceled(page: Page, shared_box: LiveBox, cut_film: dict[str, Any]) -> None:
    api = Api(shared_box, cut_film["secret"])
    page.sign_in(shared_box, cut_film["secret"])
    page.do(
        """
        // As for a long render: the box says that it is not finished yet.
        await page.route(/renders\\?/, async (route) => {
          const response = await route.fetch()
          const body = await response.json()
          const running = { state: "processing", progress: 0.42, completed_at: null }
          for (const each of body.items) Object.assign(each, running)
          await route.fulfill({ response, json: body })
        })
        await page.evaluate((to) => (location.hash = to), `#/assets/${asset}/cut/${cut}`)
        await page.locator(".transcript .word").first().waitFor()
        await page.keyboard.press("e")
        await page.getByLabel("Finished file").selectOption("m4a")
        await button("Render", { exact: true }).click()
        await page.getByText("Rendering 42%").waitFor()
        await button("Cancel M4A").click()
        await page.getByText("The render was canceled.").waitFor()
        await page.locator(".render").waitFor({ state: "detached" })
        """,
        **cut_film,
    )
    assert api.http.get("/v1/renders").json()["total"] == 0
