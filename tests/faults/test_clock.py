"""The wall clock jumps while the box runs: nothing is reaped wrongly, and nothing is ordered or priced by it."""

from __future__ import annotations

import time
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
def test_clock_three_days_ahead_idle_reaped(jumping, report_fault):
    fault = report_fault("F16", "clock three days ahead")
    api, clock = jumping
    ready = api.upload(CONTENT)
    old_url = ready["download_url"]
    idle_id, idle_url = api.asset(len(CONTENT))
    assert api.patch(idle_url, 0, CONTENT[:1000]).status_code == 204
    fresh_id, fresh_url = api.asset(len(CONTENT))  # nothing sent yet: it has a week
    active_id, active_url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, active_url, 0, len(CONTENT)))
        with dripping(wire, CONTENT, 100) as sent:
            wait_until(lambda: api.offset(active_url) > 0)
            clock.shift(3 * DAY)
            assert api.head(idle_url).status_code in (404, 410)
            wait_until(lambda: api.http.get(f"/v1/assets/{idle_id}").status_code == 404)
            wait_until(lambda: not incoming(api.box, idle_id).exists())
            assert api.offset(active_url) > 0  # it is being written to
        wire.send(CONTENT[100 * len(sent) :])
        assert wire.answer().status == 204

    assert api.offset(fresh_url) == 0
    answer = api.patch(fresh_url, 0, CONTENT[:1000])
    ahead = parsedate_to_datetime(answer.headers["Upload-Expires"]).timestamp() - time.time()
    assert abs(ahead - 5 * DAY) < 60  # 48 hours from the box's now
    assert api.patch(fresh_url, 1000, CONTENT[1000:]).status_code == 204
    wrong = altered(api, {ready["id"]: CONTENT, active_id: CONTENT, fresh_id: CONTENT})
    fault.rounds, fault.lost = 1, len(wrong)
    assert not wrong
    assert (status(old_url), status(api.get(ready["id"])["download_url"])) == (403, 200)
    assert api.balance() == 1000 - 3
    assert api.box.log().count(f"{idle_id} expired") == 1
    assert findings(api.box) <= {"clock"}


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
