"""The server ends during a chunk: no acknowledged byte is lost, and the client resumes."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from tests.api.wire import MIB, Wire, arrived, chunk_head, dripping, incoming, wav
from tests.harness import Api, LiveBox, wait_until

CONTENT = wav(MIB)
STEP = 10_000


def resumed(box: LiveBox, asset_id: str, url: str, least: int) -> None:
    """Resume after the restart from the offset of HEAD."""
    api = Api(box)
    kept = api.offset(url)
    assert least <= kept < len(CONTENT)
    assert incoming(box, asset_id).read_bytes() == CONTENT[:kept]
    assert api.patch(url, kept, CONTENT[kept:]).status_code == 204
    asset = api.settled(asset_id)
    media = box.data_dir / "media" / "projects" / asset["project_id"] / f"{asset_id}.wav"
    assert (asset["state"], media.read_bytes() == CONTENT) == ("ready", True)


@pytest.mark.parametrize("coding", ["length", "chunked"])
@pytest.mark.parametrize("active", [True, False], ids=["sending", "silent"])
def test_stop_answers_the_writer_with_retry_after(fresh_box: Callable[..., LiveBox], active: bool, coding: str) -> None:
    box = fresh_box()
    api = Api(box)
    asset_id, url = api.asset(len(CONTENT))
    with Wire(box) as wire:
        # Chunked: one chunk that announces everything, so that the steps need no sizes of their own.
        framing = b"" if coding == "length" else b"%x\r\n" % len(CONTENT)
        wire.send(chunk_head(box, url, 0, len(CONTENT) if coding == "length" else None) + framing + CONTENT[:STEP])
        arrived(api, url, STEP)
        with dripping(wire, CONTENT[STEP:] if active else b"", STEP):
            told = api.offset(url)
            assert box.stop(signal.SIGTERM) == 0
        answer = wire.answer()
        assert (answer.status, answer.code) == (503, "unavailable")
        assert answer.headers["retry-after"].isdigit()
        assert wire.rest() == b""
    box.start()
    resumed(box, asset_id, url, told)


def test_kill_loses_no_acknowledged_bytes(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    asset_id, url = api.asset(len(CONTENT))
    with Wire(box) as wire:
        wire.send(chunk_head(box, url, 0, len(CONTENT)))
        with dripping(wire, CONTENT, STEP):
            wait_until(lambda: api.offset(url) >= 5 * STEP)
            told = api.offset(url)
            box.stop(signal.SIGKILL)
    box.start()
    resumed(box, asset_id, url, told)


def test_kill_after_last_byte_needs_no_client(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    asset_id, url = Api(box).asset(len(CONTENT))
    assert Api(box).patch(url, 0, CONTENT).status_code == 204
    box.stop(signal.SIGKILL)
    box.start()
    assert Api(box).settled(asset_id)["state"] == "ready"
    assert Api(box).offset(url) == len(CONTENT)
    assert Api(box).balance() == 999


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_idle_connections_do_not_delay_the_stop(fresh_box: Callable[..., LiveBox], how: signal.Signals) -> None:
    box = fresh_box()
    api = Api(box)
    _, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT[:STEP]).status_code == 204  # and its connection is kept alive
    with Wire(box) as fresh:
        started = time.monotonic()
        assert box.stop(how) == 0
        assert time.monotonic() - started < 5
        assert fresh.rest() == b""
