"""HTTP as bytes on a connection: framing, requests in a row, and heads that two servers could read differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.wire import HIDDEN, Wire, chunk_head, chunked, request_head, wav
from tests.harness import Api, LiveBox

# A head that two servers could read differently, each with a second request hidden behind or inside it.
# The upload is addressed as {upload}, a good head's lines as {good}.
GOOD = (
    "Host: a\r\nAuthorization: Bearer {key}\r\nTus-Resumable: 1.0.0\r\n"
    "Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
)
HOSTLESS = GOOD.removeprefix("Host: a\r\n")
START = "PATCH {upload} HTTP/1.1\r\n"
LENGTH = f"Content-Length: {len(HIDDEN)}\r\n"
ROWS: dict[str, str] = {
    "space before the colon": START + GOOD + LENGTH.replace(":", " :") + "\r\n",
    "tab before the colon": START + GOOD + LENGTH.replace(":", "\t:") + "\r\n",
    "folded line": START + GOOD + "X-Note: a\r\n " + LENGTH + "\r\n",
    "folded with a tab": START + GOOD + "X-Note: a\r\n\t" + LENGTH + "\r\n",
    "folded first line": START + " " + GOOD + LENGTH + "\r\n",
    "no Host": START + HOSTLESS + LENGTH + "\r\n",
    "two Hosts": START + GOOD + "Host: b\r\n" + LENGTH + "\r\n",
    "the same Host twice": START + GOOD + "host: a\r\n" + LENGTH + "\r\n",
    "no colon": START + GOOD + "X-Note\r\n" + LENGTH + "\r\n",
    "empty name": START + GOOD + ": x\r\n" + LENGTH + "\r\n",
    "NUL in a value": START + GOOD + "X-Note: a\0b\r\n" + LENGTH + "\r\n",
    "bare CR in a value": START + GOOD + "X-Note: a\r" + LENGTH + "\r\n",
    "bare LF in a value": START + GOOD + "X-Note: a\n" + LENGTH + "\r\n",
    "non-ASCII name": START + GOOD + "Content-Lengthé: 5\r\n" + LENGTH + "\r\n",
    "NUL in the request line": START.replace(" H", "\0 H") + GOOD + LENGTH + "\r\n",
    "tab in the request line": START.replace(" ", "\t") + GOOD + LENGTH + "\r\n",
    "escape in the request line": START.replace(" H", "\x1b H") + GOOD + LENGTH + "\r\n",
    "non-ASCII in the request line": START.replace(" H", "é H") + GOOD + LENGTH + "\r\n",
    "no version": START.replace(" HTTP/1.1", "") + GOOD + LENGTH + "\r\n",
    "version 9": START.replace("1.1", "9.9") + GOOD + LENGTH + "\r\n",
    "lengths contradict": START + GOOD + LENGTH + "Content-Length: 0\r\n\r\n",
    "lengths doubled": START + GOOD + LENGTH + LENGTH + "\r\n",
    "lengths in a list": START + GOOD + "Content-Length: 0, 41\r\n\r\n",
    "length and chunked": START + GOOD + LENGTH + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": START + GOOD + "Transfer-Encoding: chunked\r\n" + LENGTH + "\r\n0\r\n\r\n",
    "chunked twice": START + GOOD + "Transfer-Encoding: chunked\r\n" * 2 + "\r\n0\r\n\r\n",
    "chunked under another": START + GOOD + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "gzip before chunked": START + GOOD + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "unknown coding": START + GOOD + "Transfer-Encoding: xchunked\r\n\r\n",
    "Arabic length": START + GOOD + "Content-Length: ٤١\r\n\r\n",
    "signed length": START + GOOD + "Content-Length: +41\r\n\r\n",
    "negative length": START + GOOD + "Content-Length: -41\r\n\r\n",
    "underscored length": START + GOOD + "Content-Length: 4_1\r\n\r\n",
    "hexadecimal length": START + GOOD + "Content-Length: 0x29\r\n\r\n",
    "empty length": START + GOOD + "Content-Length: \r\n\r\n",
    "length of 30 digits": START + GOOD + f"Content-Length: {'9' * 30}\r\n\r\n",
    "chunk size with a sign": START + GOOD + "Transfer-Encoding: chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n",
    "chunk size underscored": START + GOOD + "Transfer-Encoding: chunked\r\n\r\n0_5\r\nabcde\r\n0\r\n\r\n",
    "chunk size prefixed": START + GOOD + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n",
    "chunk size negative": START + GOOD + "Transfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n",
    "chunk size no number": START + GOOD + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabcde\r\n0\r\n\r\n",
    "chunk size after a space": START + GOOD + "Transfer-Encoding: chunked\r\n\r\n 5\r\nabcde\r\n0\r\n\r\n",
    "junk after a chunk": START + GOOD + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcdeJUNK\r\n0\r\n\r\n",
    "no line end after a chunk": START + GOOD + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcdeXX0\r\n\r\n",
    "trailers": START + GOOD + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nHost: b\r\n\r\n",
}


@pytest.mark.parametrize("row", ROWS)
def test_ambiguous_request_is_refused_with_all_behind_it(api: Api, row: str) -> None:
    _, url = api.asset(1000)
    request = ROWS[row].format(upload=urlsplit(url).path, key=api.box.key)
    with Wire(api.box) as wire:
        wire.send((request + HIDDEN).encode())
        given = wire.rest()
    statuses = [int(line.split()[1]) for line in given.splitlines() if line.startswith(b"HTTP/1.1 ")]
    assert len(statuses) <= 1, given
    assert all(400 <= status < 500 for status in statuses), given
    assert b'"status"' not in given, "the hidden request was served"
    # A chunk in front of a broken one was received and is kept, as with every body that breaks.
    assert api.offset(url) in ((0, 5) if "after a chunk" in row or row == "trailers" else (0,))


def head_too_large(box: LiveBox) -> bytes:
    return request_head(box, "GET", "/healthz", f"X-Note: {'x' * 9000}")


def binary(_box: LiveBox) -> bytes:
    return b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n"


@pytest.mark.parametrize("make", [head_too_large, binary])
def test_invalid_request_is_refused(api: Api, make: Callable[[LiveBox], bytes]) -> None:
    with Wire(api.box) as wire:
        wire.send(make(api.box))
        given = wire.rest()
    assert given == b"" or given.startswith(b"HTTP/1.1 4"), given
    assert given.count(b"HTTP/1.1 ") <= 1


def test_requests_in_a_row_are_answered_in_order(api: Api) -> None:
    box, content = api.box, wav(1000)
    _, url = api.asset(len(content))
    with Wire(box) as wire:
        wire.send(
            request_head(box, "HEAD", url)
            + chunk_head(box, url, 0, 600)
            + content[:600]
            + request_head(box, "HEAD", url)
            + chunk_head(box, url, 600, None)
            + chunked(content[600:], 77)
            + b"0\r\n\r\n"
            + request_head(box, "GET", f"{box.url}/healthz")
        )
        methods = "HEAD", "PATCH", "HEAD", "PATCH", "GET"
        answers = [wire.answer(method) for method in methods]
    told: list[Any] = [(each.status, each.headers.get("upload-offset")) for each in answers]
    assert told == [(200, "0"), (204, "600"), (200, "600"), (204, "1000"), (200, None)]


def test_bytes_of_a_chunk_are_never_read_as_a_request(api: Api) -> None:
    content = wav(200) + HIDDEN.encode() * 3
    _, url = api.asset(len(content) + 100)
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(content)) + content + request_head(api.box, "HEAD", url))
        assert wire.answer().status == 204
        assert wire.answer("HEAD").headers["upload-offset"] == str(len(content))
