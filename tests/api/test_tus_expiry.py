"""Upload-Expires: its value, that every chunk extends it, and the deletion after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.api.test_tus_protocol import CHUNK, VERSION
from tests.api.wire import Wire, chunk_head, dripping, incoming, wav
from tests.harness import Api, LiveBox, wait_until

IMF = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT"
)
CONTENT = wav(10_000)


def expires(answer: httpx.Response) -> datetime:
    given = answer.headers["Upload-Expires"]
    assert IMF.fullmatch(given), given
    return parsedate_to_datetime(given)


def is_about(given: datetime, ahead: timedelta) -> bool:
    return abs(given - datetime.now(UTC) - ahead) < timedelta(seconds=10)


# Rows 13 and 30: 7 days at first, 48 hours after each chunk.


def test_new_upload_expires_in_a_week(api: Api) -> None:
    created = api.http.post("/v1/assets", json={"project_id": api.project(), "size_bytes": 1000})
    assert is_about(expires(created), timedelta(days=7))
    assert expires(api.head(created.headers["Location"])) == expires(created)


@pytest.mark.parametrize("size", [0, 64])
def test_chunk_sets_expiry_to_two_days(api: Api, size: int) -> None:
    _, url = api.asset(len(CONTENT))
    answer = api.patch(url, 0, CONTENT[:size])
    assert is_about(expires(answer), timedelta(hours=48))
    assert expires(api.head(url)) == expires(answer)


def test_every_chunk_extends_expiry(api: Api) -> None:
    _, url = api.asset(len(CONTENT))
    first = expires(api.patch(url, 0, CONTENT[:64]))
    wait_until(lambda: expires(api.patch(url, 64, b"")) > first)  # the header counts whole seconds
    assert expires(api.head(url)) > first


def test_refused_chunk_keeps_expiry(api: Api) -> None:
    created = api.http.post("/v1/assets", json={"project_id": api.project(), "size_bytes": 1000})
    url = created.headers["Location"]
    for refused in (api.patch(url, 7, CONTENT[:64]), api.patch(url, 0, CONTENT[:63]), api.patch(url, 0, CONTENT)):
        assert refused.status_code in (400, 409, 413)
        assert "Upload-Expires" not in refused.headers
    assert expires(api.head(url)) == expires(created)


def test_expiry_survives_a_restart(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    _, url = Api(box).asset(len(CONTENT))
    told = expires(Api(box).patch(url, 0, CONTENT[:64]))
    box.stop()
    box.start()
    # Never earlier than announced; the row may allow a minute more.
    assert told <= expires(Api(box).head(url)) <= told + timedelta(minutes=1)


# Row 29: past it.


def await_expiry(api: Api, asset_id: str, url: str) -> None:
    wait_until(lambda: api.head(url).status_code in (404, 410))
    wait_until(lambda: has_expired(api, asset_id))


def has_expired(api: Api, asset_id: str) -> bool:
    return api.http.get(f"/v1/assets/{asset_id}").status_code == 404 and not incoming(api.box, asset_id).exists()


def test_expired_upload_is_deleted_with_bytes_and_row(fresh_box: Callable[..., LiveBox]) -> None:
    api = Api(fresh_box({"UPLOADS_INITIAL_EXPIRY": "1s", "UPLOADS_IDLE_EXPIRY": "1s"}))
    untouched, begun, whole = (api.asset(len(CONTENT)) for _ in range(3))
    assert api.patch(begun[1], 0, CONTENT[:5000]).status_code == 204
    assert api.patch(whole[1], 0, CONTENT).status_code == 204
    for asset_id, url in (untouched, begun):
        await_expiry(api, asset_id, url)
        assert api.head(url).status_code in (404, 410)
        assert api.http.patch(url, content=CONTENT, headers=CHUNK).status_code in (404, 410)
        assert api.http.delete(url, headers=VERSION).status_code == 204
    assert api.settled(whole[0])["state"] == "ready"
    assert api.http.get("/v1/assets").json()["total"] == 1


def test_active_writer_is_never_reaped(fresh_box: Callable[..., LiveBox]) -> None:
    api = Api(fresh_box({"UPLOADS_INITIAL_EXPIRY": "1s", "UPLOADS_IDLE_EXPIRY": "1s"}))
    asset_id, url = api.asset(len(CONTENT))
    other_id, _ = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(CONTENT)))
        with dripping(wire, CONTENT, 100) as sent:
            wait_until(lambda: has_expired(api, other_id))
            wait_until(lambda: len(sent) >= 30)  # three seconds: three expiries, three ticks of the reaper
            assert api.head(url).status_code == 200
        wire.send(CONTENT[100 * len(sent) :])
        assert wire.answer().status == 204
    assert api.settled(asset_id)["state"] == "ready"


def test_upload_expired_while_off_is_reaped_at_start(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"UPLOADS_IDLE_EXPIRY": "1s"})
    asset_id, url = Api(box).asset(len(CONTENT))
    told = expires(Api(box).patch(url, 0, CONTENT[:5000]))
    box.stop()
    wait_until(lambda: datetime.now(UTC) > told + timedelta(seconds=1))
    box.start()
    api = Api(box)
    assert api.head(url).status_code in (404, 410)
    wait_until(lambda: has_expired(api, asset_id))
