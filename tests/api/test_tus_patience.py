"""Time-outs for slow clients. The cases run concurrently and take as long as the longest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.api.wire import Wire, arrived, chunk_head, chunked, incoming, request_head, wav
from tests.harness import Api, LiveBox, serving

HEAD_DEADLINE = 10.0
SILENCE = 1.0  # configured for this file's box
CONTENT = wav(100_000)


def cut_after(wire: Wire, pieces: Iterator[bytes], every: float = 0.2) -> tuple[float, bytes]:
    """Send pieces until the box ends the connection. Return when it did, and its answer."""
    started = time.monotonic()
    wire.socket.settimeout(every)
    given = b""
    while time.monotonic() - started < 3 * HEAD_DEADLINE:
        try:
            wire.send(next(pieces))
            data = wire.socket.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            data = b""
        given += data
        if not data:
            return time.monotonic() - started, given
    raise AssertionError("never cut")


def drip_lines() -> Iterator[bytes]:
    yield b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
    while True:
        yield b"X-Note: a\r\n"


def drip_bytes() -> Iterator[bytes]:
    yield b"GET /"
    while True:
        yield b"a"


def is_cut_in_time(took: float, given: bytes) -> None:
    assert HEAD_DEADLINE - 0.5 <= took <= HEAD_DEADLINE + 2
    assert given == b"" or given.startswith(b"HTTP/1.1 4"), given
    assert given.count(b"HTTP/1.1") <= 1


def dripping_lines(box: LiveBox) -> None:
    with Wire(box) as wire:
        is_cut_in_time(*cut_after(wire, drip_lines()))


def dripping_letters(box: LiveBox) -> None:
    with Wire(box) as wire:
        is_cut_in_time(*cut_after(wire, drip_bytes()))


def dripping_a_second_head(box: LiveBox) -> None:
    with Wire(box) as wire:
        wire.send(request_head(box, "GET", "/healthz"))
        assert wire.answer().status == 200
        is_cut_in_time(*cut_after(wire, drip_lines()))


def half_a_head(box: LiveBox) -> None:
    with Wire(box) as wire:
        wire.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
        started = time.monotonic()
        given = wire.rest()
        is_cut_in_time(time.monotonic() - started, given)


def a_slow_body_outlives_the_deadline_of_heads(box: LiveBox) -> None:
    api = Api(box)
    asset_id, url = api.asset(len(CONTENT))
    with Wire(box) as wire:
        wire.send(chunk_head(box, url, 0, len(CONTENT)))
        started, at = time.monotonic(), 0
        while time.monotonic() - started < HEAD_DEADLINE + 1:
            wire.send(CONTENT[at : at + 100])
            at += 100
            arrived(api, url, at)
            time.sleep(0.3)
        wire.send(CONTENT[at:])
        assert wire.answer().status == 204
    assert api.settled(asset_id)["state"] == "ready"


def silent(box: LiveBox, length: int | None, sent: bytes, kept: int) -> None:
    api = Api(box)
    asset_id, url = api.asset(len(CONTENT))
    with Wire(box) as wire:
        wire.send(chunk_head(box, url, 0, length) + sent)
        started = time.monotonic()
        answer = wire.answer()
        assert SILENCE - 0.2 <= time.monotonic() - started <= SILENCE + 2
        assert (answer.status, answer.code) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"
        assert wire.rest() == b""
    assert api.offset(url) == kept
    assert not kept or incoming(box, asset_id).read_bytes() == CONTENT[:kept]
    assert api.patch(url, kept, CONTENT[kept:]).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"


def silent_from_the_start(box: LiveBox) -> None:
    silent(box, len(CONTENT), b"", 0)


def silent_within_64_bytes(box: LiveBox) -> None:
    silent(box, len(CONTENT), CONTENT[:30], 30)


def silent_in_the_middle(box: LiveBox) -> None:
    silent(box, len(CONTENT), CONTENT[:54_321], 54_321)


def silent_in_a_chunk(box: LiveBox) -> None:
    silent(box, None, chunked(CONTENT[:5000], 5000) + b"100\r\n" + CONTENT[5000:5010], 5010)


def silent_between_chunks(box: LiveBox) -> None:
    silent(box, None, chunked(CONTENT[:5000], 1000), 5000)


def silent_before_the_last_chunk_ends(box: LiveBox) -> None:
    silent(box, None, chunked(CONTENT[:5000], 1000) + b"0\r\n", 5000)


def lingering_ends(box: LiveBox) -> None:
    _, url = Api(box).asset(1000)
    with Wire(box) as wire:
        wire.send(chunk_head(box, url, 0, 10**9))
        assert wire.answer().status == 413
        started = time.monotonic()
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            drip_for_ever(wire)
        assert 3 <= time.monotonic() - started <= 7


def a_short_rest_that_never_comes(box: LiveBox) -> None:
    _, url = Api(box).asset(100_000)
    with Wire(box) as wire:
        wire.send(chunk_head(box, url, 5, 100) + bytes(99))
        assert wire.answer().status == 409
        assert wire.rest() == b""


def drip_for_ever(wire: Wire) -> None:
    while True:
        wire.send(bytes(100))
        time.sleep(0.1)


CASES: list[Callable[[LiveBox], None]] = [
    dripping_lines,
    dripping_letters,
    dripping_a_second_head,
    half_a_head,
    a_slow_body_outlives_the_deadline_of_heads,
    silent_from_the_start,
    silent_within_64_bytes,
    silent_in_the_middle,
    silent_in_a_chunk,
    silent_between_chunks,
    silent_before_the_last_chunk_ends,
    lingering_ends,
    a_short_rest_that_never_comes,
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """Every case, started at once."""
    folder = tmp_path_factory.mktemp("patience")
    with (
        serving(folder, {"UPLOADS_SILENCE_TIMEOUT": f"{SILENCE:.0f}s"}) as box,
        ThreadPoolExecutor(len(CASES)) as threads,
    ):
        yield {case.__name__: threads.submit(case, box) for case in CASES}


@pytest.mark.parametrize("case", [case.__name__ for case in CASES])
def test_slow_clients(running: dict[str, Future[None]], case: str) -> None:
    running[case].result()
