"""Uploads: sent, paused, interrupted by restarts and reloads, refused with a reason."""

from __future__ import annotations

import base64
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.console.page import Page
from tests.harness import Api, LiveBox
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium", "ffmpeg"), needs_packages("playwright-core", "axe-core")]

Account = Callable[..., Any]
SLOW = 1_500_000  # bytes a second: the long sound takes about six seconds


def interrupt(page: Page, path: Path) -> None:
    """Upload a part of a file and reload the page."""
    page.do(
        """
        await slowDown(speed)
        await upload([path])
        await uploadSays("long.wav", /[1-9]\\d%/)
        page.once("dialog", (dialog) => dialog.accept())
        await page.reload()
        await uploadSays("long.wav", "Interrupted")
        await slowDown(0)
        """,
        path=str(path),
        speed=SLOW,
    )


def copied(path: Path, folder: Path) -> Path:
    """Return a copy of a file with the same name and another date."""
    folder.mkdir()
    copy = Path(shutil.copy(path, folder))
    os.utime(copy, (1_700_000_000, 1_700_000_000))
    return copy


def test_upload_film_and_sound_become_ready_and_play(
    shared_box: LiveBox, page: Page, account: Account, film: Path, sound: Path
) -> None:
    page.sign_in(shared_box, account(credits=10)["api_key"], "Harbour")
    page.do(
        """
        await upload([film, sound])
        await uploadSays("interview.mp4", "Ready · 0:06")
        await uploadSays("atmo.wav", "Ready · 0:05")
        await cardShows("interview.mp4", "0:06")
        await page.getByRole("link", { name: "Credits 8" }).waitFor()
        await openAsset("interview.mp4")
        """,
        film=str(film),
        sound=str(sound),
    )
    facts, played, sought = page.do(
        """
        await page.getByText("1 credit", { exact: true }).waitFor()
        const facts = await page.locator(".facts").innerText()
        const video = page.locator("video")
        const time = () => video.evaluate((media) => media.currentTime)
        await button("Play").click()
        await page.waitForFunction(() => document.querySelector("video").currentTime > 0.3)
        await button("Pause").click()
        const played = await time()
        await page.getByRole("slider", { name: "Position" }).click({ position: { x: 400, y: 10 } })
        return [facts, played, await time()]
        """
    )
    assert "video/mp4" in facts
    assert "0:06" in facts
    assert played > 0.3
    assert sought > played


def test_upload_restart_and_kill_resumes(fresh_box: Callable[..., LiveBox], page: Page, long_sound: Path) -> None:
    box = fresh_box(credits=10)
    page.sign_in(box, box.key, "Restart")
    page.do(
        """
        await slowDown(speed)
        await upload([path])
        await uploadSays("long.wav", /[1-9]\\d*%/)
        await button("Pause long.wav").click()
        await uploadSays("long.wav", "Paused")
        """,
        path=str(long_sound),
        speed=SLOW,
    )
    box.stop()
    # An unreachable box is reported, and does not harm queued uploads.
    page.do('await button("Resume long.wav").click(); await uploadSays("long.wav", "Retrying")')
    page.do('await page.getByText("The box cannot be reached. This").waitFor()')
    box.start()
    page.do('await uploadSays("long.wav", "MB/s")')
    box.stop(signal.SIGKILL)
    page.do('await uploadSays("long.wav", "Retrying")')
    box.start()
    page.do('await slowDown(0); await uploadSays("long.wav", "Ready · 1:30")')
    with Api(box).http as http:
        (asset,) = http.get("/v1/assets").json()["items"]
    assert asset["size_bytes"] == long_sound.stat().st_size


def test_upload_after_reload_resumes_with_same_file_only(
    shared_box: LiveBox, page: Page, account: Account, long_sound: Path, sound: Path
) -> None:
    made = account(credits=10)
    page.sign_in(shared_box, made["api_key"], "Reload")
    warning = page.do(
        """
        await slowDown(speed)
        await upload([path])
        await uploadSays("long.wav", /[1-9]\\d*%/)
        const warning = page.waitForEvent("dialog").then(async (dialog) => {
          await dialog.accept()
          return dialog.type()
        })
        await page.reload()
        await uploadSays("long.wav", "Interrupted")
        return await warning
        """,
        path=str(long_sound),
        speed=SLOW,
    )
    assert warning == "beforeunload"
    page.do(
        """
        await slowDown(0)
        await upload([other], button("Choose the file again"))
        await page.getByText("matches none of the interrupted").waitFor()
        await upload([path], button("Choose the file again"))
        await uploadSays("long.wav", "Ready · 1:30")
        """,
        path=str(long_sound),
        other=str(sound),
    )
    with Api(shared_box, made["api_key"]).http as http:
        assert http.get("/v1/assets").json()["total"] == 1


def test_upload_fresh_copy_after_reload_is_offered_and_resumes(
    shared_box: LiveBox, page: Page, account: Account, long_sound: Path, tmp_path: Path
) -> None:
    """Phones hand the page a new copy at each pick: the same name and size with another date."""
    made = account(credits=10)
    page.sign_in(shared_box, made["api_key"], "Phone")
    interrupt(page, long_sound)
    page.do(
        """
        await upload([copy], button("Choose the file again"))
        await page.getByRole("dialog", { name: /^This looks like .*long\.wav.*Continue\?/ }).waitFor()
        await button("Do not continue").click()
        await uploadSays("long.wav", "Interrupted")
        await upload([copy])
        await button("Continue", { exact: true }).click()
        await uploadSays("long.wav", "Ready · 1:30")
        """,
        copy=str(copied(long_sound, tmp_path / "copy")),
    )
    with Api(shared_box, made["api_key"]).http as http:
        assert http.get("/v1/assets").json()["total"] == 1


def test_upload_lookalike_with_other_bytes_is_refused(
    shared_box: LiveBox, page: Page, account: Account, long_sound: Path, tmp_path: Path
) -> None:
    """One byte of difference in the part that was sent is enough."""
    other = copied(long_sound, tmp_path / "other")
    content = bytearray(other.read_bytes())
    content[500_001] ^= 0x80
    other.write_bytes(content)
    made = account(credits=10)
    page.sign_in(shared_box, made["api_key"], "Lookalike")
    interrupt(page, long_sound)
    page.do(
        """
        await upload([other], button("Choose the file again"))
        await button("Continue", { exact: true }).click()
        await page.getByText("differs from the bytes already sent").waitFor()
        await uploadSays("long.wav", "Interrupted")
        await openAsset("long.wav")
        await upload([other], button("Choose the file", { exact: true }))
        await page.getByText("differs from the bytes already sent").nth(1).waitFor()
        """,
        other=str(other),
    )
    api = Api(shared_box, made["api_key"])
    with api.http as http:
        (asset,) = http.get("/v1/assets").json()["items"]
        assert asset["state"] == "pending_upload"
        offset = int(
            http.head(f"/v1/uploads/{asset['id']}", headers={"Tus-Resumable": "1.0.0"}).headers["Upload-Offset"]
        )
        assert 500_001 < offset < long_sound.stat().st_size
        page.do(
            """
            await upload([copy], button("Choose the file", { exact: true }))
            await uploadSays("long.wav", "Ready · 1:30")
            """,
            copy=str(copied(long_sound, tmp_path / "copy")),
        )


def test_upload_preparation_long_explains_the_wait(
    shared_box: LiveBox, page: Page, editor: str, sound: Path, tmp_path: Path
) -> None:
    page.refuse_stream()  # it would not believe what it reads below
    page.sign_in(shared_box, editor, "Patience")
    second = copied(sound, tmp_path / "second")
    second = second.rename(second.with_name("second.wav"))
    page.do(
        """
        let isHeld = true
        await page.route(/\\/v1\\/assets\\/[^/?]+$/, async (route) => {
          if (!isHeld || route.request().method() !== "GET") return route.fallback()
          const response = await route.fetch()
          await route.fulfill({ response, json: { ...(await response.json()), state: "processing" } })
        })
        await upload([path])
        await uploadSays("atmo.wav", "Sent · preparing…")
        await upload([second])
        await uploadSays("atmo.wav", "Sent · in preparation; long recordings take minutes. This page may be closed.")
        await uploadSays("second.wav", "Sent · preparing after 1 other upload. This page may be closed.")
        isHeld = false
        for (const name of ["atmo.wav", "second.wav"]) await uploadSays(name, "Ready · 0:05")
        """,
        path=str(sound),
        second=str(second),
    )


def test_upload_failed_is_removed_from_the_list(shared_box: LiveBox, page: Page, editor: str, notes: Path) -> None:
    page.sign_in(shared_box, editor, "Removed")
    page.do(
        """
        await upload([notes])
        await button("Remove notes.txt from this list").click()
        await page.getByRole("region", { name: "Uploads" }).waitFor({ state: "hidden" })
        """,
        notes=str(notes),
    )


def test_upload_canceled_leaves_nothing(shared_box: LiveBox, page: Page, account: Account, long_sound: Path) -> None:
    made = account(credits=10)
    page.sign_in(shared_box, made["api_key"], "Cancel")
    page.do(
        """
        await slowDown(speed)
        await upload([path])
        await uploadSays("long.wav", /[1-9]\\d*%/)
        await button("Cancel long.wav").click()
        await page.getByRole("region", { name: "Uploads" }).waitFor({ state: "hidden" })
        await page.getByText("No recordings yet").waitFor()
        """,
        path=str(long_sound),
        speed=SLOW,
    )
    with Api(shared_box, made["api_key"]).http as http:
        assert http.get("/v1/assets").json()["total"] == 0


def test_upload_canceled_during_creation_leaves_nothing(
    shared_box: LiveBox, page: Page, account: Account, sound: Path
) -> None:
    made = account(credits=10)
    page.sign_in(shared_box, made["api_key"], "Hasty")
    page.do(
        """
        let goOn
        const held = new Promise((resolve) => (goOn = resolve))
        await page.route("**/v1/assets", async (route) => {
          if (route.request().method() === "POST") await held
          await route.fallback()
        })
        await upload([path])
        await button("Cancel atmo.wav").click()
        const cancelled = page.waitForResponse((answer) => answer.request().method() === "DELETE")
        goOn()
        await cancelled
        """,
        path=str(sound),
    )
    with Api(shared_box, made["api_key"]).http as http:
        assert http.get("/v1/assets").json()["total"] == 0


def test_upload_not_media_is_refused_with_reason(
    shared_box: LiveBox, page: Page, editor: str, notes: Path, tmp_path: Path
) -> None:
    tiny = tmp_path / "tiny.wav"
    tiny.write_bytes(b"RIFF")
    page.sign_in(shared_box, editor, "Notes")
    page.do(
        """
        await upload([notes, tiny])
        await uploadSays("notes.txt", "not audio or video")
        await uploadSays("tiny.wav", "at least 64 bytes")
        await cardShows("notes.txt", "Failed")
        await openAsset("notes.txt")
        await page.getByText("Nothing was charged").first().waitFor()
        """,
        notes=str(notes),
        tiny=str(tiny),
    )


def test_drop_files_and_folders_are_uploaded(shared_box: LiveBox, page: Page, editor: str, sound: Path) -> None:
    """Chromium gives scripts no dropped folders, so a stand-in provides their entries."""
    page.sign_in(shared_box, editor, "Dropped")
    page.do(
        """
        await page.evaluate((bytes) => {
          const file = (name) => new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name)
          const leaf = (name) => ({ isFile: true, isDirectory: false, file: (done) => done(file(name)) })
          const folder = (...inside) => ({
            isFile: false,
            isDirectory: true,
            createReader: () => ({ readEntries: (done) => done(inside.splice(0, 1)) }),
          })
          const card = folder(leaf("a.wav"), leaf(".hidden.wav"), leaf("CARD.XML"), folder(leaf("b.WAV")))
          const entries = [leaf("loose.wav"), card]
          const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry }))
          for (const type of ["dragover", "drop"]) {
            const event = new Event(type, { cancelable: true, bubbles: true })
            event.dataTransfer = { types: ["Files"], items }
            document.body.dispatchEvent(event)
            if (!event.defaultPrevented) throw new Error("the browser would open the file")
          }
        }, bytes)
        await page.getByText("2 files of the folder skipped").waitFor()
        for (const name of ["loose.wav", "a.wav", "b.WAV"]) await uploadSays(name, "Ready · 0:05")
        """,
        bytes=base64.b64encode(sound.read_bytes()).decode(),
    )


def test_upload_refused_for_now_is_retried(shared_box: LiveBox, page: Page, editor: str, sound: Path) -> None:
    page.sign_in(shared_box, editor, "Later")
    page.do(
        """
        const refusals = [
          [507, "insufficient_storage", "There is no room."],
          [429, "rate_limited", "There are too many."],
          [503, "unavailable", "Not right now."],
        ]
        let refusal
        await page.route("**/v1/assets", (route) => {
          if (route.request().method() !== "POST" || !refusal) return route.fallback()
          const [status, code, message] = refusal
          return route.fulfill({ status, json: { error: { code, message } } })
        })
        refusal = refusals[0]
        await upload([path])
        for (refusal of refusals) await uploadSays("atmo.wav", `${refusal[2]} Retrying`)
        refusal = null
        await uploadSays("atmo.wav", "Ready · 0:05")
        """,
        path=str(sound),
    )
