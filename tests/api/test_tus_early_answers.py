"""Answers sent before the body is read reach the client, and never corrupt the connection."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.api.test_tus_protocol import NOBODY
from tests.api.wire import HIDDEN, MIB, Wire, chunk_head, chunked, incoming, request_head, wav
from tests.harness import CHUNK_TYPE, Api

KIB = 1024
CONTENT = wav(300_000)
TEXT = b"This is a letter and nothing that plays. " * 26_000  # a bit above 1 MiB
EXPECT = "Expect: 100-continue"
ENOUGH = 64 * MIB


# Row 17: a body that would run past the end.


def test_length_past_the_end_is_refused_unread(api: Api) -> None:
    _, url = api.asset(1000)
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, 1001))
        answer = wire.answer()
    assert (answer.status, answer.code) == (413, "payload_too_large")
    assert api.offset(url) == 0


@pytest.mark.parametrize("sent", [0, 100, 999])
def test_bytes_past_the_end_are_never_stored(api: Api, sent: int) -> None:
    asset_id, url = api.asset(1000)
    content = wav(1000)
    if sent:
        api.patch(url, 0, content[:sent])
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, sent, None) + chunked(content[sent:] + HIDDEN.encode() * 50, 300))
        answer = wire.answer()
        assert (answer.status, answer.code) == (413, "payload_too_large")
        assert b"HTTP/1.1" not in wire.rest()
    assert api.offset(url) in range(sent, 1001)
    asset = api.settled(asset_id)
    if asset["state"] == "pending_upload":
        stored = incoming(api.box, asset_id).read_bytes()
    else:
        folder = api.box.data_dir / "media" / "projects" / asset["project_id"]
        stored = (folder / f"{asset_id}.{asset['extension']}").read_bytes()
    assert stored == content[: len(stored)]


# Row 21: chunked coding, whatever the sizes of chunks, with extensions as well.


@pytest.mark.parametrize("size", [1, 63, 4096, 10**6])
def test_chunks_of_every_size(api: Api, size: int) -> None:
    content = CONTENT[: 2000 if size == 1 else None]
    _, url = api.asset(len(content))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, None) + chunked(content, size) + b"0\r\n\r\n")
        answer = wire.answer()
    assert (answer.status, answer.headers["upload-offset"]) == (204, str(len(content)))


def test_chunk_extensions_and_capitals(api: Api) -> None:
    _, url = api.asset(1000)
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, None) + b"00C8;name=value\r\n" + CONTENT[:200] + b"\r\n0;last\r\n\r\n")
        assert wire.answer().headers["upload-offset"] == "200"


# Row 22: Expect: 100-continue.


@pytest.mark.parametrize("length", [1000, None], ids=["length", "chunked"])
def test_continue_is_sent_once_accepted(api: Api, length: int | None) -> None:
    _, url = api.asset(1000)
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, length, EXPECT))
        assert wire.answer().status == 100
        wire.send(CONTENT[:1000] if length else chunked(CONTENT[:1000], 400) + b"0\r\n\r\n")
        assert wire.answer().status == 204


def test_large_body_after_continue(api: Api) -> None:
    content = wav(3 * MIB)
    _, url = api.asset(len(content))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(content), EXPECT))
        assert wire.answer().status == 100
        wire.send(content)
        assert wire.answer().headers["upload-offset"] == str(len(content))


REFUSED = {
    "version": (412, ("Tus-Resumable: 2.0.0", "Upload-Offset: 0", f"Content-Type: {CHUNK_TYPE}")),
    "type": (415, ("Upload-Offset: 0", "Content-Type: video/mp4")),
    "offset": (400, ("Upload-Offset: x", f"Content-Type: {CHUNK_TYPE}")),
    "mismatch": (409, ("Upload-Offset: 5", f"Content-Type: {CHUNK_TYPE}")),
    "key": (401, ("Authorization: Bearer sk_y", "Upload-Offset: 0", f"Content-Type: {CHUNK_TYPE}")),
}


@pytest.mark.parametrize("row", REFUSED)
@pytest.mark.parametrize(
    "framing", [f"Content-Length: {20 * MIB}", "Content-Length: 100", "Transfer-Encoding: chunked"]
)
def test_error_replaces_continue(api: Api, row: str, framing: str) -> None:
    status, lines = REFUSED[row]
    _, url = api.asset(30 * MIB)
    with Wire(api.box) as wire:
        wire.send(request_head(api.box, "PATCH", url, *lines, framing, EXPECT))
        assert wire.answer().status == status
        # The client was never asked for the body, so the server cannot know what would follow.
        assert wire.rest() == b""


@pytest.mark.parametrize(("name", "length", "status"), [(NOBODY, 1000, 404), ("", 1001, 413), ("", 63, 400)])
def test_excess_chunk_is_refused_instead_of_continue(api: Api, name: str, length: int, status: int) -> None:
    _, url = api.asset(1000)
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, f"{api.box.url}/v1/uploads/{name}" if name else url, 0, length, EXPECT))
        assert wire.answer().status == status


def test_unknown_expectation_is_refused(api: Api) -> None:
    _, url = api.asset(1000)
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, 1000, "Expect: 200-maybe"))
        assert wire.answer().status == 400


# Row 23: an error while a large body is coming. The answer is whole, then comes the end, never a reset.


@pytest.mark.parametrize("length", [ENOUGH, None], ids=["length", "chunked"])
def test_unsupported_media_is_answered_during_the_body(api: Api, length: int | None) -> None:
    asset_id, url = api.asset(ENOUGH)
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, length))
        wire.send(TEXT if length else chunked(TEXT, MIB))
        answer = wire.answer()
        assert (answer.status, answer.code) == (409, "unsupported_media")
        assert answer.headers["connection"] == "close"
        wire.send(HIDDEN.encode() * 1000)  # goes on sending for a while, as clients do
        assert wire.rest() == b""
    assert api.head(url).status_code == 410
    assert api.get(asset_id)["error_code"] == "unsupported_media"


@pytest.mark.parametrize("row", REFUSED)
@pytest.mark.parametrize("length", [ENOUGH, None], ids=["length", "chunked"])
def test_early_error_reaches_a_client_reading_late(api: Api, row: str, length: int | None) -> None:
    status, lines = REFUSED[row]
    _, url = api.asset(ENOUGH)
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    body = HIDDEN.encode() * (3 * MIB // len(HIDDEN))
    with Wire(api.box) as wire:
        wire.send(request_head(api.box, "PATCH", url, *lines, framing))
        wire.send(body if length else chunked(body, MIB))
        answer = wire.answer()
        assert (answer.status, answer.headers["connection"]) == (status, "close")
        assert wire.rest() == b""


def test_client_ignoring_the_answer_is_cut(api: Api) -> None:
    _, url = api.asset(1000)
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, 50 * 1024 * MIB))
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe|aborted"):
            wire.send(bytes(2 * ENOUGH))


# Row 24: what follows a short body is served.


@pytest.mark.parametrize("row", ["type", "offset", "mismatch", "version"])
@pytest.mark.parametrize("size", [0, 1, 256 * KIB])
def test_short_body_keeps_the_connection(api: Api, row: str, size: int) -> None:
    status, lines = REFUSED[row]
    _, url = api.asset(300_000)
    with Wire(api.box) as wire:
        for _ in range(3):
            wire.send(request_head(api.box, "PATCH", url, *lines, f"Content-Length: {size}") + bytes(size))
            assert wire.answer().status == status
        wire.send(chunk_head(api.box, url, 0, len(CONTENT)) + CONTENT)
        assert wire.answer().status == 204


def test_json_routes_do_not_wait_for_a_large_body(api: Api) -> None:
    head = request_head(api.box, "POST", "/v1/projects", "Content-Type: application/json", f"Content-Length: {ENOUGH}")
    with Wire(api.box) as wire:
        wire.send(head + b"{" * MIB)
        answer = wire.answer("POST")
        assert (answer.status, answer.code) == (413, "payload_too_large")
        assert b"HTTP/1.1" not in wire.rest()


def test_request_target_may_be_absolute(api: Api) -> None:
    _, url = api.asset(1000)
    with Wire(api.box) as wire:
        wire.send(request_head(api.box, "HEAD", url).replace(urlsplit(url).path.encode(), url.encode(), 1))
        assert wire.answer("HEAD").status == 200
