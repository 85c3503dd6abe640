"""Cutting in the console: from a script to an edited cut that is played, saved and exported."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.api.talks import SCRIPT, ended, plan, post
from tests.console.page import Page
from tests.harness import Api, LiveBox
from tests.media.corpus import ffmpeg, picture, tone
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium", "ffmpeg", "espeak-ng"), needs_packages("playwright-core", "axe-core")]

READY = """
  await page.locator(".transcript .word").first().waitFor()
  const kept = async () => parseFloat(await page.locator(".figures-kept strong").innerText())
  const key = (name) => page.keyboard.press(name)
"""

# Codecs that browsers do not play.
FOREIGN = {
    "prores": ["-c:v", "prores", "-pix_fmt", "yuv422p10le"],
    "hevc": ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-tag:v", "hvc1"],
}


@pytest.fixture(scope="module")
def spoken(shared_box: LiveBox, spoken_film: Path) -> dict[str, Any]:
    """Return the film on the box: key, asset, and a cut by its script."""
    made = shared_box.cli("account", "add", "cutter", "--credits", "10")
    api = Api(shared_box, made["api_key"])
    with api.http:
        asset = api.upload(spoken_film.read_bytes(), name="Workshop, take 3.mp4")["id"]
        cut = ended(api, post(api, asset, script=SCRIPT)["id"])["id"]
    return {"secret": made["api_key"], "asset": asset, "cut": cut, "url": f"{shared_box.url}/"}


@pytest.fixture
def editor(page: Page, spoken: dict[str, Any]) -> Callable[..., Any]:
    """Return a function that runs code in the editor of a new cut by hand, all of the first cut kept as it was."""
    page.do("await signIn(url, secret)", **spoken)
    page.do(
        f"""
        await page.evaluate((to) => (location.hash = to), `#/assets/${{asset}}/cut/${{cut}}`)
        {READY}
        await page.evaluate(() => localStorage.clear())
        """,
        **spoken,
    )

    def run(code: str, **values: Any) -> Any:
        return page.do(READY + code, **spoken, **values)

    return run


def test_script_dropped_box_killed_recording_is_cut(
    page: Page, fresh_box: Callable[..., LiveBox], spoken_film: Path
) -> None:
    box = fresh_box()
    api = Api(box)
    asset = api.upload(spoken_film.read_bytes(), name="Workshop, take 3.mp4")["id"]
    page.sign_in(box, box.key)
    page.do(
        """
        await page.evaluate((to) => (location.hash = to), `#/assets/${asset}`)
        await page.getByRole("link", { name: "Cut", exact: true }).click()
        await page.getByLabel("Script", { exact: true }).waitFor()
        const drop = async (name, text) => {
          const data = await page.evaluateHandle(
            ([name, text]) => {
              const transfer = new DataTransfer()
              transfer.items.add(new File([text], name))
              return transfer
            },
            [name, text],
          )
          for (const type of ["dragover", "drop"]) await page.dispatchEvent(".script", type, { dataTransfer: data })
        }
        await drop("film.mp4", "not a script")
        await page.getByText("is not a text").waitFor()
        await drop("script.md", script)
        await page.getByText(`${script.length} of 100,000 characters`).waitFor()
        await page.getByLabel("Longest pause").selectOption("1")
        await button("Cut", { exact: true }).click()
        await page.getByRole("heading", { name: "Cutting" }).waitFor()
        """,
        asset=asset,
        script=SCRIPT,
    )
    box.stop(signal.SIGKILL)
    page.do('await page.getByText("The box cannot be reached. This page").waitFor()')
    box.start()
    dropped, name = page.do(
        """
        const run = page.getByRole("button", { name: /^False start|^Retake/ }).first()
        await run.waitFor({ timeout: 60_000 })
        return [await run.innerText(), await run.getAttribute("aria-label")]
        """
    )
    assert dropped.startswith("Today we are")
    assert "dropped: Today we are" in name
    (cut,) = Api(box).http.get("/v1/cuts").json()["items"]
    assert (cut["script"], cut["options"]["max_pause"]) == (SCRIPT, 1.0)


def test_edits_undone_reloaded_saved(editor: Callable[..., Any], spoken: dict[str, Any], shared_box: LiveBox) -> None:
    before, steps, version = editor(
        """
        const before = await kept()
        const steps = {}
        const run = page.locator(".run.is-dropped").first()
        await run.click()
        steps.clicked = await kept()
        await page.locator(".run.is-back").first().focus()
        await key(" ")
        steps.space = await kept()
        await key("Control+z")
        await key("Control+z")
        steps.undone = await kept()
        await key("Control+Shift+z")
        steps.redone = await kept()
        await page.locator(".run.is-back").waitFor()
        await page.evaluate(() => {
          const words = [...document.querySelectorAll(".word")].filter((each) => !each.closest(".run"))
          getSelection().setBaseAndExtent(words[1], 0, words[2], 1)
        })
        await key("Delete")
        steps.deleted = await kept()
        await key("Delete")
        steps.again = await kept()
        await key("Delete")
        await page.reload()
        await page.getByText("Your unsaved changes are back.").waitFor()
        steps.reloaded = await kept()
        await key("Control+s")
        await page.getByText("Saved as version 2.").waitFor()
        await page.waitForFunction((old) => !location.hash.endsWith(old), cut)
        await page.locator(".transcript .word").first().waitFor()
        steps.saved = await kept()
        return [before, steps, await page.getByLabel("Version").inputValue()]
        """
    )
    assert steps["clicked"] > before + 0.5
    assert steps["space"] == steps["undone"] == before
    assert steps["redone"] == steps["again"] == steps["clicked"]
    assert steps["deleted"] < steps["clicked"]
    assert steps["reloaded"] == steps["saved"] == steps["deleted"]
    api = Api(shared_box, spoken["secret"])
    saved = api.http.get(f"/v1/cuts/{version}").json()
    assert (saved["by_hand"], saved["based_on"]) == (True, spoken["cut"])
    assert float(saved["summary"]["kept_seconds"]) == pytest.approx(steps["saved"], abs=0.051)
    assert any(word["kept"] is False for word in plan(api, version)["words"])
    assert api.http.delete(f"/v1/cuts/{version}").status_code == 204


def test_keys_drop_sentences_and_move_edges(editor: Callable[..., Any]) -> None:
    steps = editor(
        """
        const frames = async () => {
          const at = (side) => page.getByRole("slider", { name: `${side} of the dropped span` })
          return Promise.all(["Start", "End"].map(async (side) => Number(await at(side).getAttribute("aria-valuenow"))))
        }
        const steps = {}
        await page.locator(".run.is-dropped").first().focus()
        steps.edges = await frames()
        await key("[")
        await key("ArrowLeft")
        await key("Shift+ArrowLeft")
        await key("]")
        await key("Shift+ArrowRight")
        await key("ArrowLeft")
        steps.moved = await frames()
        await key("Control+z")
        await key("Control+z")
        steps.undone = await frames()
        await key("Escape")
        await key("Home")
        const places = []
        for (const name of ["n", "n", "p"]) {
          await key(name)
          places.push(await page.locator(".cut-source").innerText())
        }
        for (let count = 0; count < 9; count++) await key("n")
        await page.getByText("No more doubtful places").first().waitFor()
        steps.places = places
        await key("Home")
        const before = await kept()
        await key("x")
        steps.sentence = before - (await kept())
        await key("x")
        steps.same = before - (await kept())
        await key("i")
        for (let count = 0; count < 8; count++) await key("Shift+ArrowRight")
        await key("o")
        await key("Delete")
        steps.range = before - (await kept())
        await key("?")
        await page.getByRole("heading", { name: "Keys of the cut editor" }).waitFor()
        return steps
        """
    )
    (start, end), (moved_start, moved_end) = steps["edges"], steps["moved"]
    assert (start - moved_start, moved_end - end) == (11, 9)
    assert steps["undone"] == steps["edges"]
    first, second, again = steps["places"]
    assert first != second
    assert again == first
    assert steps["sentence"] > 0.5
    assert steps["same"] == pytest.approx(0, abs=0.051)
    assert steps["range"] > 0.5


def test_cut_plays_kept_spans_in_order(editor: Callable[..., Any], spoken: dict[str, Any], shared_box: LiveBox) -> None:
    seen = editor(
        """
        return await page.evaluate(async () => {
          const films = [...document.querySelectorAll("video")]
          const seen = []
          document.querySelector(".play").click()
          do {
            await new Promise((resolve) => setTimeout(resolve, 5))
            const film = document.querySelector("video.is-active")
            if (!film.paused && !film.seeking) seen.push(film.currentTime)
          } while (document.querySelector(".play").title === "Pause")
          return seen
        })
        """
    )
    spans = [
        (each["start"], each["end"]) for each in plan(Api(shared_box, spoken["secret"]), spoken["cut"])["segments"]
    ]
    outside = [place for place in seen if not any(start - 0.05 <= place <= end + 0.1 for start, end in spans)]
    assert outside == []
    assert all(before <= after for before, after in pairwise(seen))
    for start, end in spans:
        inside = [place for place in seen if start <= place <= end]
        assert inside, (start, end)
        assert inside[0] < start + 0.3
        assert inside[-1] > end - 0.3


def test_exports_name_media_of_workstation(editor: Callable[..., Any]) -> None:
    timeline, captions, remembered = editor(
        """
        const download = async (form) => {
          const click = form.getByRole("button", { name: "Download" }).click()
          const [file] = await Promise.all([page.waitForEvent("download"), click])
          const chunks = []
          for await (const chunk of await file.createReadStream()) chunks.push(chunk)
          return [file.suggestedFilename(), Buffer.concat(chunks).toString()]
        }
        await key("e")
        await page.getByRole("radio", { name: "Final Cut Pro" }).check()
        await button("/Volumes/Footage").click()
        const timeline = await download(page.locator("form.stack"))
        await page.getByLabel("Subtitles and text").selectOption("vtt")
        const captions = await download(page.locator("form.captions"))
        await page.reload()
        await page.locator(".transcript .word").first().waitFor()
        await key("e")
        const remembered = [
          await page.getByRole("radio", { name: "Final Cut Pro" }).isChecked(),
          await page.getByLabel("Folder of the recordings").inputValue(),
        ]
        await page.getByRole("radio", { name: "Spreadsheet" }).check()
        await page.getByLabel("Folder of the recordings").waitFor({ state: "hidden" })
        return [timeline, captions, remembered]
        """
    )
    assert timeline[0].endswith(".fcpxml")
    assert "file:///Volumes/Footage/Workshop,%20take%203.mp4" in timeline[1]
    assert captions[0].endswith(".vtt")
    assert captions[1].startswith("WEBVTT")
    assert remembered == [True, "/Volumes/Footage"]


def test_silent_recording_says_what_to_do(
    page: Page, shared_box: LiveBox, account: Callable[..., Any], silent_film: Path
) -> None:
    key = account()["api_key"]
    api = Api(shared_box, key)
    asset = api.upload(silent_film.read_bytes(), name="silent.mp4")["id"]
    page.sign_in(shared_box, key)
    page.do(
        """
        await page.evaluate((to) => (location.hash = to), `#/assets/${asset}/cut`)
        await button("Cut", { exact: true }).click()
        await page.getByText("This recording could not be cut").waitFor()
        await page.getByText("there is nothing to listen to").waitFor()
        await button("Change the options").click()
        await page.getByLabel("Script", { exact: true }).waitFor()
        """,
        asset=asset,
    )


@pytest.mark.parametrize("codec", FOREIGN)
def test_foreign_codec_plays_by_its_proxy(
    page: Page, shared_box: LiveBox, account: Callable[..., Any], tmp_path: Path, codec: str
) -> None:
    film = tmp_path / "camera.mov"
    ffmpeg(*picture(2, "640x360", 25), *tone(2, 48_000), *FOREIGN[codec], "-c:a", "pcm_s24le", film)
    key = account()["api_key"]
    api = Api(shared_box, key)
    asset = api.upload(film.read_bytes(), name="camera.mov")["id"]
    post(api, asset, segments=[{"start": 0.5, "end": 1.5}])
    page.sign_in(shared_box, key)
    source, start, end = page.do(
        """
        await page.evaluate((to) => (location.hash = to), `#/assets/${asset}/cut`)
        await page.waitForFunction(() => document.querySelector("video.is-active")?.videoWidth === 640)
        return await page.evaluate(async () => {
          const film = document.querySelector("video.is-active")
          await new Promise((resolve) => (film.seeking ? (film.onseeked = resolve) : resolve()))
          const start = film.currentTime
          document.querySelector(".play").click()
          while (document.querySelector(".play").title !== "Pause") await new Promise(requestAnimationFrame)
          while (document.querySelector(".play").title === "Pause") await new Promise(requestAnimationFrame)
          return [film.currentSrc, start, film.currentTime]
        })
        """,
        asset=asset,
    )
    assert "proxy" in source
    assert start == pytest.approx(0.5, abs=0.05)
    assert end == pytest.approx(1.5, abs=0.15)


def test_waveform_zoomed_by_wheel_and_pinch(editor: Callable[..., Any]) -> None:
    fitted, wheel, pinch, resized = editor(
        """
        const wave = page.locator(".wave-scroll")
        const { x, y, width, height } = await wave.boundingBox()
        const anchor = 0.75 * width
        const zoomed = (from) => page.waitForFunction(
          (from) => document.querySelector(".wave-scroll").scrollWidth > from,
          from,
        )
        // The width of the whole, and the place at the anchor as a share of it.
        const measure = () => wave.evaluate((node, anchor) => {
          const all = document.querySelector(".wave-space").clientWidth
          return [all, (node.scrollLeft + anchor) / all, visualViewport.scale]
        }, anchor)
        const fitted = await measure()
        await page.mouse.move(x + anchor, y + height / 2)
        await page.keyboard.down("Control")
        await page.mouse.wheel(0, -200)
        await page.keyboard.up("Control")
        await zoomed(2 * width)
        const wheel = await measure()
        const session = await page.context().newCDPSession(page)
        const touch = (type, ...places) => session.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: places.map((place, id) => ({ x: x + anchor + place, y: y + height / 2, id })),
        })
        await touch("touchStart", -50, 50)
        for (let reach = 60; reach <= 100; reach += 10) await touch("touchMove", -reach, reach)
        await touch("touchEnd")
        await zoomed(1.9 * wheel[0])
        const pinch = await measure()
        await page.setViewportSize({ width: 1200, height: 800 })
        await page.waitForFunction((old) => document.querySelector(".wave-scroll").clientWidth < old, width)
        return [fitted, wheel, pinch, await measure()]
        """
    )
    assert wheel[0] / fitted[0] == pytest.approx(2.718, rel=0.01)
    # Browsers send the places of fingers now and then, and not each one.
    assert pinch[0] / wheel[0] == pytest.approx(2, rel=0.06)
    for _, place, scale in (wheel, pinch):
        assert place == pytest.approx(0.75, abs=0.01)
        assert scale == 1
    assert resized[0] == pinch[0]


def test_source_plays_what_was_dropped(editor: Callable[..., Any], spoken: dict[str, Any], shared_box: LiveBox) -> None:
    dropped, kept, place = editor(
        """
        await page.getByRole("radio", { name: "Source" }).check({ force: true })
        await key("Home")
        await button("Play", { exact: true }).click()
        const reached = (seconds) => page.waitForFunction((seconds) => {
          const film = document.querySelector("video.is-active")
          return !film.paused && film.currentTime > seconds && film.currentTime
        }, seconds)
        const dropped = await (await reached(0.2)).jsonValue()
        const place = await page.locator(".cut-place").innerText()
        await page.getByRole("radio", { name: "Cut" }).check({ force: true })
        const later = await (await reached(dropped)).jsonValue()
        await button("Pause", { exact: true }).click()
        return [dropped, later, place]
        """
    )
    made = plan(Api(shared_box, spoken["secret"]), spoken["cut"])
    assert dropped < made["segments"][0]["start"] <= kept + 0.05
    assert place.endswith(f" / 0:{made['duration_seconds']:04.1f}"), place


def test_two_hours_are_edited_smoothly(page: Page, spoken: dict[str, Any]) -> None:
    page.do("await signIn(url, secret)", **spoken)
    result = page.do((Path(__file__).parent / "long_cut.mjs").read_text(), **spoken)
    print(json.dumps(result))
    assert result["paragraphs"] > 200
    assert result["words"] == 20_000
    assert result["ranges"] == ["bytes=0-65535"] or len(result["ranges"]) <= 3
    # Milliseconds of scripts, style and layout a frame; machines of tests are slow and shared.
    assert result["scrolledText"] < 40
    assert result["scrolledWave"] < 40
    assert result["edit"] < 400
