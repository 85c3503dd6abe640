"""Large bodies go directly between socket and file where possible, and through the framework elsewhere.

Both ways must behave alike, whatever the client does.
"""

from __future__ import annotations

import hashlib
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.wire import MIB, Wire, arrived, chunk_head, dripping, incoming, request_head, wav
from tests.harness import Api, LiveBox, serving, wait_until

CONTENT = wav(6 * MIB)
PLAIN = (sys.executable, str(Path(__file__).parent.parent / "plain_path.py"))


@pytest.fixture(scope="module", params=["direct", "plain"])
def path_box(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A box with the direct way, and one without."""
    with serving(tmp_path_factory.mktemp(request.param), program=PLAIN if request.param == "plain" else None) as box:
        yield box


@pytest.fixture
def path_api(path_box: LiveBox) -> Iterator[Api]:
    client = Api(path_box)
    with client.http:
        yield client


@pytest.mark.parametrize("size", [300_000, 1 * MIB + 1, 6 * MIB])
def test_chunks_of_any_size_arrive_complete(path_api, size):
    asset_id, url = path_api.asset(len(CONTENT))
    for offset in range(0, len(CONTENT), size):
        answer = path_api.patch(url, offset, CONTENT[offset : offset + size])
        assert answer.status_code == 204
        assert int(answer.headers["Upload-Offset"]) == min(offset + size, len(CONTENT))
    asset = path_api.settled(asset_id)
    assert asset["state"] == "ready"
    got = httpx.get(asset["download_url"], verify=False).content
    assert hashlib.sha256(got).digest() == hashlib.sha256(CONTENT).digest()


def test_connection_continues_after_a_chunk(path_api, path_box):
    _, url = path_api.asset(len(CONTENT))
    with Wire(path_box) as wire:
        for offset in range(0, 4 * MIB, 2 * MIB):
            wire.send(chunk_head(path_box, url, offset, 2 * MIB) + CONTENT[offset : offset + 2 * MIB])
            assert wire.answer().status == 204
        # Two at once: the second begins right after the last byte of the first.
        both = chunk_head(path_box, url, 4 * MIB, MIB) + CONTENT[4 * MIB : 5 * MIB]
        wire.send(both + request_head(path_box, "HEAD", url))
        assert wire.answer().status == 204
        assert wire.answer("HEAD").headers["upload-offset"] == str(5 * MIB)


def test_waiting_client_gets_continue(path_api, path_box):
    _, url = path_api.asset(len(CONTENT))
    with Wire(path_box) as wire:
        wire.send(chunk_head(path_box, url, 0, MIB, "Expect: 100-continue"))
        assert wire.answer().status == 100
        wire.send(CONTENT[:MIB])
        assert wire.answer().status == 204


@pytest.mark.parametrize("how", ["FIN", "RST", "half"])
def test_broken_connection_keeps_received_bytes(path_api, path_box, how):
    asset_id, url = path_api.asset(len(CONTENT))
    sent = 3 * MIB + 17
    with Wire(path_box) as wire:
        wire.send(chunk_head(path_box, url, 0, len(CONTENT)) + CONTENT[:sent])
        arrived(path_api, url, sent)
        if how == "RST":
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if how == "half":
            wire.socket.shutdown(socket.SHUT_WR)
            assert wire.answer().status == 400
    assert path_api.offset(url) == sent
    assert incoming(path_box, asset_id).read_bytes() == CONTENT[:sent]
    # Until the box has noticed, the next one may be answered with 423.
    wait_until(lambda: path_api.patch(url, sent, CONTENT[sent:]).status_code == 204)


def test_only_a_silent_writer_is_replaced(path_api, path_box):
    _, url = path_api.asset(len(CONTENT))
    with Wire(path_box) as first:
        first.send(chunk_head(path_box, url, 0, len(CONTENT)) + CONTENT[:MIB])
        arrived(path_api, url, MIB)
        with dripping(first, CONTENT[MIB:], 1000):
            busy = path_api.patch(url, path_api.offset(url), b"x" * 400_000)
            assert (busy.status_code, busy.headers["Retry-After"]) == (423, "1")
        statuses = set()
        while path_api.offset(url) < len(CONTENT):
            offset = path_api.offset(url)
            statuses.add(path_api.patch(url, offset, CONTENT[offset:]).status_code)
            assert statuses <= {204, 409, 423}
        assert first.answer().status == 423


def test_delete_stops_the_writer_and_removes_all(path_api, path_box):
    asset_id, url = path_api.asset(len(CONTENT))
    with Wire(path_box) as wire:
        wire.send(chunk_head(path_box, url, 0, len(CONTENT)) + CONTENT[: 2 * MIB])
        arrived(path_api, url, 2 * MIB)
        assert path_api.http.delete(url, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
        assert wire.answer().status == 410
    assert path_api.http.get(f"/v1/assets/{asset_id}").status_code == 404
    assert not incoming(path_box, asset_id).exists()


@pytest.mark.parametrize("span", [(0, 0), (1, 400_000), (5 * MIB, 6 * MIB - 1)])
def test_ranges_are_downloaded_unchanged(path_api, span):
    asset = path_api.upload(CONTENT)
    first, last = span
    with httpx.Client(verify=False) as browser:
        for _ in range(2):  # the connection is used again
            part = browser.get(asset["download_url"], headers={"Range": f"bytes={first}-{last}"})
            assert part.status_code == 206
            assert part.content == CONTENT[first : last + 1]


def test_abandoned_download_harms_no_other(path_api, path_box):
    asset = path_api.upload(CONTENT)
    for _ in range(5):
        with httpx.Client(verify=False) as browser, browser.stream("GET", asset["download_url"]) as answer:
            next(answer.iter_raw(1000))
    assert httpx.get(asset["download_url"], verify=False).content == CONTENT
