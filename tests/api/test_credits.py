"""Credits: the contract, section 5, with a server that runs while the owner books on the command line."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.answers import ENTRY, UUID7, moment, page, refused
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

RATE = 1000  # samples a second: minutes of sound in few bytes


def minutes(count: float) -> bytes:
    return wav(count * 60, rate=RATE)


def history(api: Api) -> list[dict[str, Any]]:
    return list(page(api.http.get("/v1/credits/history?limit=100"))["items"])


def states(api: Api, asset_ids: list[str]) -> list[str]:
    return [api.get(asset_id)["state"] for asset_id in asset_ids]


def test_balance_and_history_of_a_new_account(member: Any) -> None:
    api = member(credits=0).api
    answer = api.http.get("/v1/credits/balance")
    assert (answer.status_code, answer.json()) == (200, {"balance": 0})
    assert page(api.http.get("/v1/credits/history")) == {"items": [], "total": 0, "limit": 20, "offset": 0}


@pytest.mark.parametrize(
    ("milliseconds", "price"),
    [(10, 1), (1000, 1), (59_999, 1), (60_000, 1), (60_001, 2), (120_000, 2), (250_000, 5)],
)
def test_price_is_one_credit_a_started_minute(member: Any, milliseconds: int, price: int) -> None:
    api = member(credits=10).api
    asset = api.upload(wav(milliseconds / 1000, rate=8000 if milliseconds < 1000 else RATE))
    assert asset["state"] == "ready"
    assert asset["duration_seconds"] == f"{milliseconds / 1000:.3f}"
    charge, start = history(api)
    assert list(charge) == ENTRY
    assert charge == {
        "id": charge["id"],
        "type": "consume_asset",
        "delta": -price,
        "asset_id": asset["id"],
        "grant_id": None,
        "stripe_invoice_id": None,
        "created_at": charge["created_at"],
    }
    assert UUID7.fullmatch(charge["id"])
    assert moment(charge["created_at"]) >= moment(start["created_at"])
    assert (start["type"], start["delta"], start["asset_id"]) == ("topup", 10, None)
    assert api.balance() == 10 - price


def test_nothing_else_costs_anything(member: Any) -> None:
    api = member(credits=2).api
    asset = api.upload(wav(1))
    for _ in range(2):
        assert api.http.get(api.get(asset["id"])["download_url"]).status_code == 200
    asset_id, url = api.asset(1000)
    refused(api.patch(url, 0, b"only words " * 50), "unsupported_media")
    assert api.get(asset_id)["state"] == "failed"
    empty = wav(0)  # a header without sound, padded to the smallest upload
    assert api.upload(empty[:36] + b"LIST" + (20).to_bytes(4, "little") + bytes(20) + empty[36:])["state"] == "failed"
    assert len(history(api)) == 2


@pytest.mark.parametrize("amount", [-1, -2])
def test_zero_balance_refuses_assets(member: Any, amount: int) -> None:
    owner = member(credits=1)
    api = owner.api
    project_id = api.project()
    assert owner.book("adjust", amount)["balance"] == 1 + amount
    wish = {"project_id": project_id, "size_bytes": 1000}
    refused(api.http.post("/v1/assets", json=wish), "insufficient_credits")
    assert page(api.http.get("/v1/assets"))["total"] == 0
    owner.book("topup", 3)
    assert api.http.post("/v1/assets", json=wish).status_code == 201


def test_balance_used_up_meanwhile_leaves_asset_unpaid(member: Any) -> None:
    owner = member(credits=1)
    api = owner.api
    content = wav(1)
    asset_id, url = api.asset(len(content))
    owner.book("adjust", -1)
    api.patch(url, 0, content)
    assert api.settled(asset_id)["state"] == "pending_payment"
    assert api.balance() == 0


def test_topup_settles_the_oldest_first_and_passes_over(member: Any) -> None:
    owner = member(credits=1)
    api = owner.api
    waiting = [api.upload(minutes(count))["id"] for count in (5, 2, 2, 2)]
    assert states(api, waiting) == ["pending_payment"] * 4
    unpaid = api.get(waiting[0])
    assert unpaid["duration_seconds"] == "300.000"
    assert (unpaid["download_url"], unpaid["cuttable"], unpaid["error_code"]) == (None, False, None)

    # 1 + 3: not enough for the oldest, enough for the two after it.
    booking = owner.book("topup", 3)
    assert (booking["activated"], booking["balance"]) == (waiting[1:3], 0)
    assert booking["entry"]["balance_after"] == 4
    assert states(api, waiting) == ["pending_payment", "ready", "ready", "pending_payment"]
    assert api.http.get(api.get(waiting[1])["download_url"]).content == minutes(2)

    # Either could be settled now; the older one is.
    booking = owner.book("topup", 6)
    assert (booking["activated"], booking["balance"]) == ([waiting[0]], 1)
    booking = owner.book("topup", 1)
    assert (booking["activated"], booking["balance"]) == ([waiting[3]], 0)
    assert states(api, waiting) == ["ready"] * 4

    deltas = [entry["delta"] for entry in history(api)]
    assert deltas == [-2, 1, -5, 6, -2, -2, 3, 1]
    assert api.balance() == sum(deltas) == 0


@pytest.mark.parametrize(("command", "amount"), [("refund", 1), ("adjust", 1)])
def test_every_credit_settles(member: Any, command: str, amount: int) -> None:
    owner = member(credits=1)
    waiting = owner.api.upload(minutes(2))["id"]
    booking = owner.book(command, amount)
    assert (booking["activated"], booking["balance"]) == ([waiting], 0)
    assert owner.api.get(waiting)["state"] == "ready"


def test_same_reference_settles_once(member: Any) -> None:
    owner = member(credits=1)
    waiting = [owner.api.upload(minutes(2))["id"] for _ in range(2)]
    first = owner.book("topup", 1, reference="invoice 7")
    second = owner.book("topup", 1, reference="invoice 7")
    assert (first["activated"], second["activated"]) == ([waiting[0]], [])
    assert second["entry"] == first["entry"]
    assert owner.api.balance() == 0
    assert owner.api.get(waiting[1])["state"] == "pending_payment"


def test_negative_adjustment_takes_nothing_back(member: Any) -> None:
    owner = member(credits=2)
    asset = owner.api.upload(wav(1))
    assert owner.book("adjust", -5)["balance"] == -4
    assert owner.api.balance() == -4
    assert owner.api.get(asset["id"])["state"] == "ready"


def test_deleted_while_unpaid_is_never_charged(member: Any) -> None:
    owner = member(credits=1)
    waiting = owner.api.upload(minutes(3))["id"]
    assert owner.api.http.delete(f"/v1/assets/{waiting}").status_code == 204
    assert owner.book("topup", 5) == {"entry": owner.shell.json("ledger", "--account", owner.name)["items"][0]} | {
        "balance": 6,
        "activated": [],
    }


def test_deleting_paid_asset_keeps_the_entry(member: Any) -> None:
    api = member(credits=5).api
    asset = api.upload(wav(1))
    before = history(api)
    api.http.delete(f"/v1/assets/{asset['id']}")
    assert history(api) == before
    assert api.balance() == 4


def test_history_has_every_type(member: Any) -> None:
    owner = member(credits=5)
    owner.api.upload(wav(1))
    for command, amount in (("refund", 2), ("adjust", -1), ("topup", 3)):
        owner.book(command, amount)
    assert [(entry["type"], entry["delta"]) for entry in history(owner.api)] == [
        ("topup", 3),
        ("adjustment", -1),
        ("refund", 2),
        ("consume_asset", -1),
        ("topup", 5),
    ]


def test_settling_concurrently_never_overdraws(member: Any) -> None:
    """Eight assets of one credit end during two top-ups: any five of them can be paid."""
    owner = member(credits=3)
    api = owner.api
    content = wav(1)
    uploads = [api.asset(len(content)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(api.patch, url, 0, content) for _, url in uploads]
        booked = [owner.book("topup", 1) for _ in range(2)]
        assert [answer.result().status_code for answer in sent] == [204] * 8
    assert len(booked) == 2
    asset_ids = [asset_id for asset_id, _ in uploads]
    for asset_id in asset_ids:
        api.settled(asset_id)
    assert sorted(states(api, asset_ids)) == ["pending_payment"] * 3 + ["ready"] * 5
    entries = owner.shell.json("ledger", "--account", owner.name)["items"]
    assert min(entry["balance_after"] for entry in entries) == 0
    charged = {entry["asset_id"] for entry in entries if entry["type"] == "consume_asset"}
    assert charged == {asset_id for asset_id in asset_ids if api.get(asset_id)["state"] == "ready"}
    assert api.balance() == 0


def test_unpaid_assets_expire(fresh_box: Callable[..., LiveBox]) -> None:
    """After the retention an unpaid asset is deleted with its bytes, uncharged; a paid one stays."""
    box = fresh_box({"BILLING_PENDING_PAYMENT_RETENTION": "1s"}, credits=2)
    api = Api(box)
    with api.http:
        paid = api.upload(wav(1))["id"]
        lapsing = api.upload(minutes(3))["id"]
        wait_until(lambda: api.http.get(f"/v1/assets/{lapsing}").status_code == 404)
        wait_until(lambda: list(box.data_dir.rglob(f"{lapsing}*")) == [])
        assert api.get(paid)["state"] == "ready"
        assert list(box.data_dir.rglob(f"{paid}.wav"))
        shell = Shell(box.folder, {"ROUGHY_BOX_CONFIG": box.environ["ROUGHY_BOX_CONFIG"]})
        assert shell.json("topup", "5")["activated"] == []
        assert api.balance() == 6
        assert shell.json("doctor")["ok"]
