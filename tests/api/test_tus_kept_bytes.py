"""An interrupted body keeps every byte that arrived, and HEAD returns the offset at once."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

import pytest

from tests.api.wire import MIB, Wire, arrived, chunk_head, chunked, incoming, wav
from tests.harness import Api, wait_until

# Less than the two seconds after which a silent writer can be replaced: the end itself must release the upload.
AT_ONCE = 1.5
CONTENT = wav(3 * MIB)


def fin(wire: Wire) -> None:
    wire.close()


def half_close(wire: Wire) -> None:
    wire.socket.shutdown(socket.SHUT_WR)


def reset(wire: Wire) -> None:
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def encoded(coding: str, content: bytes, cut: int) -> bytes:
    """Return the first ``cut`` bytes of ``content`` as sent, cut short of the announced length."""
    if coding == "length":
        return content[:cut]
    whole = cut // 100_000 * 100_000
    return chunked(content[:whole], 100_000) + b"%x\r\n" % (cut - whole + 500) + content[whole:cut]


def finished(api: Api, asset_id: str, url: str, kept: int) -> None:
    """Resume at once, and check that the file is the one that was sent."""
    wait_until(lambda: api.patch(url, kept, b"").status_code == 204, AT_ONCE)
    assert incoming(api.box, asset_id).read_bytes() == CONTENT[:kept]
    assert api.patch(url, kept, CONTENT[kept:]).status_code == 204
    asset = api.settled(asset_id)
    media = api.box.data_dir / "media" / "projects" / asset["project_id"] / f"{asset_id}.wav"
    assert (asset["state"], media.read_bytes() == CONTENT) == ("ready", True)


@pytest.mark.parametrize("end", [fin, half_close, reset])
@pytest.mark.parametrize("coding", ["length", "chunked"])
@pytest.mark.parametrize("cut", [100, 77_777, 1_000_001])
def test_bytes_that_arrived_before_the_end_are_kept(
    api: Api, end: Callable[[Wire], None], coding: str, cut: int
) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(CONTENT) if coding == "length" else None))
        wire.send(encoded(coding, CONTENT, cut))
        arrived(api, url, cut)
        end(wire)
        finished(api, asset_id, url, cut)


@pytest.mark.parametrize("end", [fin, half_close])
@pytest.mark.parametrize("coding", ["length", "chunked"])
@pytest.mark.parametrize("cut", [100, 70_000, 500_001, 2 * MIB + 17])
def test_bytes_that_arrive_with_the_end_are_kept(api: Api, end: Callable[[Wire], None], coding: str, cut: int) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        # At once, so that the end arrives while the handler is busy with the bytes before it.
        head = chunk_head(api.box, url, 0, len(CONTENT) if coding == "length" else None)
        wire.send(head + encoded(coding, CONTENT, cut))
        end(wire)
        arrived(api, url, cut, AT_ONCE)
        finished(api, asset_id, url, cut)


@pytest.mark.parametrize("coding", ["length", "chunked"])
@pytest.mark.parametrize("cut", [100, 70_000, 2 * MIB + 17])
def test_reset_keeps_an_intact_prefix(api: Api, coding: str, cut: int) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(CONTENT) if coding == "length" else None))
        wire.send(encoded(coding, CONTENT, cut))
        reset(wire)  # may drop bytes that the kernel had not delivered yet
    seen = [api.offset(url)]
    while api.patch(url, seen[-1], b"").status_code != 204:  # a writer is still there, or the offset moved
        seen.append(api.offset(url))
    assert seen == sorted(seen)
    assert seen[-1] <= cut
    finished(api, asset_id, url, seen[-1])


@pytest.mark.parametrize("tail", [b"1", b"1000", b"1000\r", b"1000\r\n", b"1000;ext", b"1000\r\nXYZ"])
@pytest.mark.parametrize("end", [fin, half_close])
def test_body_cut_around_a_chunk_size(api: Api, tail: bytes, end: Callable[[Wire], None]) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, None) + chunked(CONTENT[:5000], 1000))
        wire.send(tail.replace(b"XYZ", CONTENT[5000:5003]))
        end(wire)
        kept = 5003 if b"XYZ" in tail else 5000
        arrived(api, url, kept, AT_ONCE)
        finished(api, asset_id, url, kept)


@pytest.mark.parametrize("junk", [b"zz\r\n", b"-1\r\n", b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 500])
def test_broken_chunk_ends_the_body_after_intact_ones(api: Api, junk: bytes) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, None) + chunked(CONTENT[:5000], 1000) + junk)
        answer = wire.answer()
        assert (answer.status, answer.code) == (400, "bad_request")
        assert b"HTTP/1.1" not in wire.rest()
    assert api.offset(url) == 5000
    finished(api, asset_id, url, 5000)


def test_client_half_closing_after_body_gets_answer(api: Api) -> None:
    _, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(CONTENT)) + CONTENT)
        half_close(wire)
        answer = wire.answer()
        assert (answer.status, answer.headers["upload-offset"]) == (204, str(len(CONTENT)))
        assert wire.rest() == b""


def test_client_leaving_before_answer_loses_nothing(api: Api) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(CONTENT)) + CONTENT)
    arrived(api, url, len(CONTENT))
    assert wait_until(lambda: api.get(asset_id)["state"] == "ready")
