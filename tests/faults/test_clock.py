"""The wall clock jumps while the box runs: nothing is reaped wrongly, and nothing is ordered or priced by it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from email.utils import parsedate_to_datetime

import httpx
import pytest
from uuid6 import uuid7

from tests.api.wire import Wire, chunk_head, dripping, incoming
from tests.faults.outcomes import altered, is_sound, orphans
from tests.faults.peers import at_once
from tests.faults.promises import findings
from tests.faults.shims import Clock
from tests.harness import Api, wait_until
from tests.media_bytes import wav
from tests.tools import needs

DAY = 86_400
CONTENT = wav(2)


@pytest.fixture
def jumping(prepared_box, shim):
    """A running box and its clock."""
    box = prepared_box()
    clock = Clock(box, shim("clock"))
    return Api(box.start()), clock


def status(url: str) -> int:
    return httpx.get(url, verify=False).status_code


@needs("gcc")
def test_clock_three_days_ahead_nothing_reaped(jumping, report_fault):
    fault = report_fault("F16", "clock three days ahead")
    api, clock = jumping
    ready = api.upload(CONTENT)
    old_url = ready["download_url"]
    idle_id, idle_url = api.asset(len(CONTENT))
    assert api.patch(idle_url, 0, CONTENT[:1000]).status_code == 204
    fresh_id, fresh_url = api.asset(len(CONTENT))  # nothing sent yet: it has a week
    active_id, active_url = api.asset(len(CONTENT))
    orphan = incoming(api.box, str(uuid7()))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, active_url, 0, len(CONTENT)))
        with dripping(wire, CONTENT, 100) as sent:
            wait_until(lambda: api.offset(active_url) > 0)
            orphan.write_bytes(b"x")
            clock.shift(3 * DAY)
            assert api.offset(idle_url) == 1000
            wait_until(lambda: not orphan.exists())  # all jobs ran by the new time
            wait_until(lambda: expiry(api, idle_url, clock) > 1.9 * DAY)  # it is told by the new time
            assert api.offset(idle_url) == 1000
            assert api.offset(active_url) > 0
        wire.send(CONTENT[100 * len(sent) :])
        assert wire.answer().status == 204

    assert api.offset(fresh_url) == 0
    answer = api.patch(fresh_url, 0, CONTENT[:1000])
    ahead = parsedate_to_datetime(answer.headers["Upload-Expires"]).timestamp() - time.time()
    assert abs(ahead - 5 * DAY) < 60  # 48 hours from the box's now
    assert api.patch(fresh_url, 1000, CONTENT[1000:]).status_code == 204
    assert api.patch(idle_url, 1000, CONTENT[1000:]).status_code == 204
    wrong = altered(api, dict.fromkeys((ready["id"], active_id, fresh_id, idle_id), CONTENT))
    fault.rounds, fault.lost = 1, len(wrong)
    assert not wrong
    assert (status(old_url), status(api.get(ready["id"])["download_url"])) == (403, 200)
    assert api.balance() == 1000 - 4
    assert findings(api.box) <= {"clock"}


def expiry(api: Api, url: str, clock: Clock) -> float:
    """Return the seconds from the clock of the box until an upload expires."""
    told = parsedate_to_datetime(api.head(url).headers["Upload-Expires"])
    return told.timestamp() - time.time() - clock.seconds


def unpaid_and_half_sent(api: Api) -> tuple[str, str, str]:
    """Return the ids of an asset that waits for credits and of a half-sent one, and the URL of the latter."""
    # All are announced while there is a credit left.
    (_, paid_url), (_, unpaid_url), (open_id, open_url) = (api.asset(len(CONTENT)) for _ in range(3))
    for url in (paid_url, unpaid_url):
        assert api.patch(url, 0, CONTENT).status_code == 204
    assert api.patch(open_url, 0, CONTENT[:1000]).status_code == 204
    wait_until(lambda: sorted(each["state"] for each in listed(api)) == ["pending_payment", "pending_upload", "ready"])
    return next(each["id"] for each in listed(api) if each["state"] == "pending_payment"), open_id, open_url


def listed(api: Api) -> list[dict[str, object]]:
    return list(api.http.get("/v1/assets").json()["items"])


@needs("gcc")
def test_clock_sixty_days_ahead_for_a_while_nothing_lost(prepared_box, shim, report_fault):
    fault = report_fault("F16", "clock 60 days ahead for 20 s")
    box = prepared_box(credits=1)
    clock = Clock(box, shim("clock"))
    api = Api(box.start())
    unpaid, open_id, open_url = unpaid_and_half_sent(api)
    clock.shift(60 * DAY)
    time.sleep(10)
    assert api.get(unpaid)["state"] == "pending_payment"
    assert api.offset(open_url) == 1000
    # Those of an earlier process are not deleted at its first look either.
    box.stop()
    api = Api(box.start())
    time.sleep(10)
    assert api.get(unpaid)["state"] == "pending_payment"
    assert api.offset(open_url) == 1000
    clock.shift(0)
    time.sleep(6)
    assert api.get(unpaid)["state"] == "pending_payment"
    assert api.patch(open_url, 1000, CONTENT[1000:]).status_code == 204
    fault.rounds = 1
    assert api.settled(open_id)["state"] == "pending_payment"
    assert findings(box) <= {"clock"}


@needs("gcc")
def test_clock_boot_in_1970_corrected_nothing_lost(prepared_box, shim, report_fault):
    fault = report_fault("F16", "boot in 1970, then right")
    box = prepared_box(credits=1)
    clock = Clock(box, shim("clock"))
    clock.shift(int(100_000 - time.time()))
    api = Api(box.start())
    unpaid, open_id, open_url = unpaid_and_half_sent(api)
    clock.shift(0)

    def has_followed() -> bool:
        with closing(sqlite3.connect(box.data_dir / "box.db")) as database:
            (earliest,) = database.execute(
                "SELECT min(coalesce(expires_at, prepared_at)) FROM asset "
                "WHERE state IN ('pending_upload', 'pending_payment')"
            ).fetchone()
        return bool(earliest > (time.time() - 3600) * 10**6)

    wait_until(has_followed)
    box.stop()
    api = Api(box.start())
    assert api.get(unpaid)["state"] == "pending_payment"
    assert 1.9 * DAY < expiry(api, open_url, clock) < 2.1 * DAY
    assert api.patch(open_url, 1000, CONTENT[1000:]).status_code == 204
    fault.rounds = 1
    assert api.settled(open_id)["state"] == "pending_payment"


@needs("gcc")
def test_clock_day_back_nothing_reaped_same_order(jumping, report_fault):
    fault = report_fault("F16", "clock a day back")
    api, clock = jumping
    project_id = api.project()
    before = api.upload(CONTENT, project_id)
    open_id, open_url = api.asset(len(CONTENT), project_id)
    assert api.patch(open_url, 0, CONTENT[:1000]).status_code == 204
    orphan = incoming(api.box, str(uuid7()))
    orphan.write_bytes(b"x")
    clock.shift(-DAY)
    # The clockwork does not wait a day for the old time: the hourly sweep comes at once.
    wait_until(lambda: not orphan.exists())

    after = api.upload(CONTENT, project_id)
    assert after["created_at"] < before["created_at"]
    assert api.offset(open_url) == 1000
    assert api.patch(open_url, 1000, CONTENT[1000:]).status_code == 204
    sent = dict.fromkeys((before["id"], open_id, after["id"]), CONTENT)
    wrong = altered(api, sent)
    fault.rounds, fault.lost = 1, len(wrong)
    assert not wrong
    listed = api.http.get("/v1/assets").json()["items"]
    assert [asset["id"] for asset in listed] == [after["id"], open_id, before["id"]]
    entries = api.http.get("/v1/credits/history").json()["items"]
    assert [entry["asset_id"] for entry in entries] == [open_id, after["id"], before["id"], None]
    assert api.balance() == 1000 - 3
    # An address given before the jump works on until the time that stands in it.
    assert status(before["download_url"]) == status(api.get(before["id"])["download_url"]) == 200
    api.box.stop()
    api = Api(api.box.start())
    assert not altered(api, sent)
    assert findings(api.box) <= {"clock"}


def test_chunk_at_expiry_stored_or_gone(fresh_box, rounds, dice, report_fault):
    fault = report_fault("F17", "reaper against a chunk")
    api = Api(fresh_box({"UPLOADS_INITIAL_EXPIRY": "1s", "UPLOADS_IDLE_EXPIRY": "1s"}, credits=100_000))
    project_id, kept = api.project(), 0

    def race(delay: float) -> tuple[str, int]:
        with (own := Api(api.box)).http:
            asset_id, url = own.asset(len(CONTENT), project_id)
            time.sleep(delay)
            return asset_id, own.patch(url, 0, CONTENT).status_code

    for _ in range(rounds(1, share=0.1)):
        outcomes = at_once(race, [dice.uniform(0.7, 1.1) for _ in range(8)])
        fault.rounds += len(outcomes)
        assert {answered for _, answered in outcomes} <= {204, 404, 410}
        won = [asset_id for asset_id, answered in outcomes if answered == 204]
        lost = altered(api, dict.fromkeys(won, CONTENT))
        fault.lost += len(lost)
        assert not lost
        kept += len(won)
        fault.note = f"in time: {kept}"
        gone = [asset_id for asset_id, answered in outcomes if answered != 204]
        wait_until(lambda: all(api.http.get(f"/v1/assets/{each}").status_code == 404 for each in gone))  # noqa: B023
    wait_until(lambda: not orphans(api))
    is_sound(api)
