"""Every view in every theme: accessible, within its window, and pictured in ``output/`` for review by people."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest

from tests.api.talks import SCRIPT, ended, post
from tests.console.page import Browser, Page
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium", "ffmpeg", "espeak-ng"), needs_packages("playwright-core", "axe-core")]

OUTPUT = Path(__file__).parent / "output"
# The name of a window, its size, and the narrowest width that must work as well.
WINDOWS = {"desktop": (1440, 900, 961), "phone": (390, 844, 360)}
WALL = {"width": 3840, "height": 2160}


def speech(seconds: int, seed: int) -> bytes:
    """Return a WAV of noise that rises and falls like words."""
    dice = random.Random(seed)
    head = wav(0)
    rate, samples = 8000, bytearray()
    for _ in range(seconds * 10):
        loud = dice.random() ** 3 * 30_000
        for index in range(rate // 10):
            swell = math.sin(index * math.pi / (rate / 10))
            samples += int(loud * swell * dice.uniform(-1, 1)).to_bytes(2, "little", signed=True)
    length = len(samples)
    return head[:4] + (36 + length).to_bytes(4, "little") + head[8:40] + length.to_bytes(4, "little") + bytes(samples)


@pytest.fixture(scope="module")
def studio(shared_box: LiveBox, film: Path, spoken_film: Path, silent_film: Path) -> dict[str, Any]:
    """Create an account with an asset in every state: its key, and the names of its assets by id."""
    made = shared_box.cli("account", "add", f"studio-{random.random()}", "--credits", "8")
    api = Api(shared_box, made["api_key"])
    with api.http:
        for name in ("The lighthouse keepers", "Interviews, autumn", "Trailer"):
            project = api.project(name)
        harbour = api.project("Episode 12: the harbour at night")
        api.http.patch(f"/v1/projects/{project}", json={"state": "archived"})
        spoken = api.upload(spoken_film.read_bytes(), harbour, "Workshop, take 3.mp4")["id"]
        silent = api.upload(silent_film.read_bytes(), harbour, "Harbour, no sound.mp4")["id"]
        cuts = [post(api, asset, script=script)["id"] for asset, script in ((spoken, SCRIPT), (silent, None))]
        names = ("Interview Mara, take 2.mp4", "Harbour, wide.mp4")
        pictures = [api.upload(film.read_bytes(), harbour, name) for name in names]
        names = ("Atmo quay.wav", "Voice over, first reading.wav")
        sounds = [api.upload(speech(8, seed), harbour, name) for seed, name in enumerate(names, 1)]
        _, address = api.asset(1000, harbour, "Notes.txt")
        api.patch(address, 0, b"These are notes.\n" * 50)
        api.upload(wav(200), harbour, "Interview Jonas, uncut.wav")
        _, address = api.asset(40_000, harbour, "B-roll drone.mov")
        api.patch(address, 0, wav(2)[:24_000])
        wait_until(lambda: all(api.get(asset["id"])["waveform_url"] for asset in pictures + sounds))
        for cut in cuts:
            ended(api, cut)
        for output in ({"format": "mp3"}, {"format": "mp4", "resolution": "720p"}):
            api.http.post("/v1/renders", json={"asset_id": spoken, "cut_id": cuts[0], "output": output})
        known = {asset["id"]: asset["name"] for asset in api.http.get("/v1/assets").json()["items"]}
    return {"key": made["api_key"], "names": known, "project": harbour, "url": f"{shared_box.url}/"}


@pytest.mark.parametrize("window", WINDOWS)
def test_views_accessible_and_within_window(browser: Browser, studio: dict[str, Any], window: str) -> None:
    """Axe finds nothing serious and nothing overflows the window; the pictures are for review by people."""
    OUTPUT.mkdir(exist_ok=True)
    width, height, narrowest = WINDOWS[window]
    page = Page(browser, viewport={"width": width, "height": height})
    faults = page.do(
        (Path(__file__).parent / "tour.mjs").read_text(),
        **studio,
        prefix=str(OUTPUT / f"{window}-"),
        narrowest=narrowest,
        isPhone=window == "phone",
    )
    page.close()
    assert faults == []


def test_cut_wide_screen_is_filled(browser: Browser, studio: dict[str, Any]) -> None:
    OUTPUT.mkdir(exist_ok=True)
    page = Page(browser, viewport=WALL)
    sticks_out, below, used = page.do(
        """
        await signIn(url, key)
        const [asset] = Object.entries(names).find(([, name]) => name === "Workshop, take 3.mp4")
        await page.evaluate((to) => (location.hash = to), `#/assets/${asset}/cut`)
        await page.locator(".transcript .word").first().waitFor()
        await page.screenshot({ path })
        const used = await page.locator("main").evaluate((main) => main.clientWidth / innerWidth)
        const bottom = await page.locator(".cut-dock").evaluate((dock) => dock.getBoundingClientRect().bottom)
        return [await overflow(), page.viewportSize().height - bottom, used]
        """,
        **studio,
        path=str(OUTPUT / "wall-cut.png"),
    )
    page.close()
    assert sticks_out <= 0
    assert 0 <= below < 100
    assert used > 0.8


def test_view_wide_screen_is_filled(browser: Browser, studio: dict[str, Any]) -> None:
    OUTPUT.mkdir(exist_ok=True)
    page = Page(browser, viewport=WALL)
    sticks_out, used = page.do(
        """
        await signIn(url, key)
        await page.evaluate((to) => (location.hash = to), `#/projects/${project}`)
        await page.locator(".sound .bars").first().waitFor()
        await page.screenshot({ path })
        return [await overflow(), await page.locator("main").evaluate((main) => main.clientWidth / innerWidth)]
        """,
        **studio,
        path=str(OUTPUT / "wall-assets.png"),
    )
    page.close()
    assert sticks_out <= 0
    assert used > 0.8
