"""One writer at a time: locking, replacement, and the effect of HEAD and DELETE on a running chunk."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.test_tus_protocol import VERSION, code
from tests.api.wire import MIB, Wire, arrived, chunk_head, chunked, dripping, incoming, wav
from tests.faults.peers import leave, reset
from tests.harness import Api, wait_until

SILENCE = 2.0  # after which a writer may be replaced
CONTENT = wav(MIB)
STEP = 1000


def begun(api: Api, wire: Wire, url: str, size: int = STEP) -> None:
    """Start a chunk of the whole content and wait until its first bytes are there."""
    wire.send(chunk_head(api.box, url, 0, len(CONTENT)) + CONTENT[:size])
    arrived(api, url, size)


def test_second_writer_first_sends_locked_after_wait(api: Api) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        begun(api, wire, url)
        with dripping(wire, CONTENT[STEP:], STEP) as sent:
            for _ in range(2):
                started = time.monotonic()
                answer = api.patch(url, api.offset(url), b"\xff" * 100)
                assert (answer.status_code, code(answer)) == (423, "locked")
                assert answer.headers["Retry-After"] == "1"
                assert time.monotonic() - started >= 2.5
        wire.send(CONTENT[STEP * (1 + len(sent)) :])
        assert wire.answer().status == 204
    assert media(api, asset_id) == CONTENT


def test_second_writer_first_ends_takes_over(api: Api) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as first, Wire(api.box) as second:
        begun(api, first, url)
        second.send(chunk_head(api.box, url, 2 * STEP, len(CONTENT) - 2 * STEP) + CONTENT[2 * STEP :])
        first.send(CONTENT[STEP : 2 * STEP])
        arrived(api, url, 2 * STEP)
        leave(first)
        assert second.answer().status == 204
    assert media(api, asset_id) == CONTENT


def half_close(wire: Wire) -> None:
    wire.socket.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("end", [leave, reset, half_close])
@pytest.mark.parametrize("sent", [STEP, 600_000])
@pytest.mark.parametrize("is_sized", [True, False])
def test_resume_right_after_break_stored(api: Api, end: Callable[[Wire], None], sent: int, is_sized: bool) -> None:
    asset_id, url = api.asset(len(CONTENT))
    body = CONTENT[:sent]
    with Wire(api.box) as wire:
        head = chunk_head(api.box, url, 0, len(CONTENT) if is_sized else None)
        wire.send(head + (body if is_sized else chunked(body, 10_000)))
        end(wire)
        # What arrives after the look is kept, too, and moves the offset.
        while (answer := api.patch(url, at := api.offset(url), CONTENT[at:])).status_code == 409:
            pass
        assert answer.status_code == 204, answer.text
    assert media(api, asset_id) == CONTENT


def media(api: Api, asset_id: str) -> bytes:
    asset = api.settled(asset_id)
    assert asset["state"] == "ready"
    return Path(api.box.data_dir, "media", "projects", asset["project_id"], f"{asset_id}.wav").read_bytes()


def test_silent_writer_is_replaced_without_mixing(api: Api) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        before = time.monotonic()
        begun(api, wire, url)
        after = time.monotonic()
        statuses = [api.patch(url, STEP, CONTENT[STEP : 2 * STEP]).status_code]
        while statuses[-1] == 423:
            statuses.append(api.patch(url, STEP, CONTENT[STEP : 2 * STEP]).status_code)
        now = time.monotonic()
        assert statuses[-1] == 204
        assert now - before >= SILENCE
        assert now - after <= SILENCE + 1
        answer = wire.answer()
        assert (answer.status, answer.code, answer.headers["connection"]) == (423, "locked", "close")
    assert incoming(api.box, asset_id).read_bytes() == CONTENT[: 2 * STEP]
    assert api.patch(url, 2 * STEP, CONTENT[2 * STEP :]).status_code == 204
    assert media(api, asset_id) == CONTENT


def test_late_bytes_of_replaced_writer_are_dropped(api: Api) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as old, Wire(api.box) as new:
        begun(api, old, url)
        wait_until(lambda: api.patch(url, STEP, b"").status_code == 204)
        new.send(chunk_head(api.box, url, STEP, len(CONTENT) - STEP) + CONTENT[STEP : 2 * STEP])
        arrived(api, url, 2 * STEP)
        with dripping(old, b"\xff" * MIB, 50_000):
            for at in range(2 * STEP, 20 * STEP, STEP):
                new.send(CONTENT[at : at + STEP])
                arrived(api, url, at + STEP)
        new.send(CONTENT[20 * STEP :])
        assert new.answer().status == 204
    assert media(api, asset_id) == CONTENT


def test_head_shows_progress_without_interrupting(api: Api) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(CONTENT)))
        for at in range(0, 20 * STEP, STEP):
            wire.send(CONTENT[at : at + STEP])
            arrived(api, url, at + STEP)
        wire.send(CONTENT[20 * STEP :])
        assert wire.answer().status == 204
    assert media(api, asset_id) == CONTENT


def upload(api: Api, asset_id: str) -> int:
    return api.http.delete(f"/v1/uploads/{asset_id}", headers=VERSION).status_code


def asset(api: Api, asset_id: str) -> int:
    return api.http.delete(f"/v1/assets/{asset_id}").status_code


def project(api: Api, asset_id: str) -> int:
    return api.http.delete(f"/v1/projects/{api.get(asset_id)['project_id']}").status_code


@pytest.mark.parametrize("delete", [upload, asset, project])
@pytest.mark.parametrize("active", [True, False], ids=["sending", "silent"])
def test_delete_interrupts_the_writer_for_good(api: Api, delete: Callable[[Api, str], int], active: bool) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        begun(api, wire, url)
        with dripping(wire, CONTENT[STEP:] if active else b"", STEP):
            started = time.monotonic()
            assert delete(api, asset_id) == 204
            assert time.monotonic() - started < SILENCE, "the writer had to be waited for"
            gone(api, asset_id, url)
            assert wire.answer().status == 410
        wire.send(CONTENT[:STEP])
        assert wire.rest() == b""
    gone(api, asset_id, url)


def gone(api: Api, asset_id: str, url: str) -> None:
    assert api.head(url).status_code in (404, 410)
    assert api.patch(url, 0, CONTENT).status_code in (404, 410)
    assert api.http.get(f"/v1/assets/{asset_id}").status_code == 404
    assert not incoming(api.box, asset_id).exists()
    assert upload(api, asset_id) == 204


def test_eight_concurrent_writers_make_one_file(api: Api) -> None:
    asset_id, url = api.asset(len(CONTENT))
    statuses: list[int] = []

    def write(seed: int) -> None:
        dice = random.Random(seed)
        mine = Api(api.box)
        with mine.http:
            while (at := mine.offset(url)) < len(CONTENT):
                answer = mine.patch(url, at, CONTENT[at : at + dice.randint(64, 60_000)])
                statuses.append(answer.status_code)

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert set(statuses) <= {204, 409, 423}
    assert set(statuses) - {204}, "the writers never met"
    assert media(api, asset_id) == CONTENT
