"""Credits: an empty balance, an unpaid asset, a top-up from the command line, the ledger."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.console.page import Page
from tests.harness import Api, LiveBox
from tests.media_bytes import wav
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium"), needs_packages("playwright-core", "axe-core")]

Account = Callable[..., Any]


def test_top_up_unpaid_asset_becomes_ready_on_page(
    shared_box: LiveBox, page: Page, account: Account, long_sound: Path
) -> None:
    made = account(credits=1)
    page.sign_in(shared_box, made["api_key"], "Unpaid")
    command = page.do(
        """
        await upload([path])
        await uploadSays("long.wav", "Waiting for 2 credits")
        await cardShows("long.wav", "Unpaid")
        await openAsset("long.wav")
        await page.getByText("It costs 2 credits; the balance is 1.").waitFor()
        return await page.locator(".command code").innerText()
        """,
        path=str(long_sound),
    )
    assert command == "roughy-box topup 1"
    shared_box.cli("topup", "1", "--account", made["account"])
    page.do(
        """
        await button("Play").waitFor()
        await button("Expand uploads").click()
        await uploadSays("long.wav", "Ready · 1:30")
        """
    )


def test_upload_balance_empty_waits_for_top_up(shared_box: LiveBox, page: Page, account: Account, sound: Path) -> None:
    made = account(credits=0)
    page.sign_in(shared_box, made["api_key"], "Empty")
    page.do('await upload([path]); await uploadSays("atmo.wav", "balance is used up")', path=str(sound))
    shared_box.cli("topup", "5", "--account", made["account"])
    page.do('await uploadSays("atmo.wav", "Ready · 0:05")')


def test_ledger_shows_balance_after_each_entry(
    shared_box: LiveBox, page: Page, account: Account, tmp_path: Path
) -> None:
    made = account(credits=5)
    api = Api(shared_box, made["api_key"])
    with api.http:
        project = api.project()
        assets = [api.upload(wav(length), project) for length in (1, 61)]
    shared_box.cli("topup", "10", "--account", made["account"])
    page.sign_in(shared_box, made["api_key"])
    saved = tmp_path / "ledger.csv"
    rows, charges = page.do(
        """
        await page.keyboard.press("g")
        await page.keyboard.press("c")
        await page.getByRole("cell", { name: "+10" }).waitFor()
        const rows = () => page.locator("tbody tr").evaluateAll((all) =>
          all.map((row) => [...row.querySelectorAll(".is-number")].map((cell) => cell.innerText)))
        const whole = await rows()
        const [download] = await Promise.all([page.waitForEvent("download"), button("Export CSV").click()])
        await download.saveAs(saved)
        await page.getByLabel("Entry type").selectOption("consume_asset")
        await page.getByRole("cell", { name: "+10" }).waitFor({ state: "detached" })
        return [whole, await rows()]
        """,
        saved=str(saved),
    )
    assert rows == [["+10", "12"], ["−2", "2"], ["−1", "4"], ["+5", "5"]]
    assert charges == [["−2", "2"], ["−1", "4"]]
    exported = list(csv.DictReader(io.StringIO(saved.read_text())))
    assert [(line["type"], line["delta"], line["balance"]) for line in exported] == [
        ("topup", "10", "12"),
        ("consume_asset", "-2", "2"),
        ("consume_asset", "-1", "4"),
        ("topup", "5", "5"),
    ]
    assert [line["asset_id"] for line in exported] == ["", assets[1]["id"], assets[0]["id"], ""]
