"""HTTP as bytes on a connection: framing, requests in a row, and what two servers could read differently.

The raw client of all upload tests lives here too: real HTTP clients are too polite for them.
"""

from __future__ import annotations

import io
import json
import random
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness import CHUNK_TYPE, PATIENCE, Api, LiveBox, wait_until

MIB = 1024**2


def wav(size: int, seed: int = 1) -> bytes:
    """A WAV file of exactly ``size`` bytes, an even number, full of noise."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(random.Random(seed).randbytes(size - 44))
    return out.getvalue()


def incoming(box: LiveBox, asset_id: str) -> Path:
    """Where the bytes of an open upload are."""
    return box.data_dir / "incoming" / asset_id


def arrived(api: Api, url: str, offset: int, patience: float = PATIENCE) -> None:
    """Wait until the box tells that ``offset`` bytes are there."""
    wait_until(lambda: api.offset(url) == offset, patience)


@dataclass(frozen=True)
class Answer:
    """One response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The error code of the envelope."""
        return str(json.loads(self.body)["error"]["code"])


def request_head(box: LiveBox, method: str, url: str, *lines: str, key: str | None = None) -> bytes:
    """A request head with a key and ``lines``."""
    start = f"{method} {urlsplit(url).path} HTTP/1.1"
    fixed = f"Host: 127.0.0.1:{box.port}", f"Authorization: Bearer {key or box.key}", "Tus-Resumable: 1.0.0"
    return ("\r\n".join([start, *fixed, *lines]) + "\r\n\r\n").encode()


def chunk_head(box: LiveBox, url: str, offset: int, length: int | None, *lines: str) -> bytes:
    """The head of a PATCH; chunked coding without a ``length``."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return request_head(box, "PATCH", url, f"Upload-Offset: {offset}", f"Content-Type: {CHUNK_TYPE}", framing, *lines)


def chunked(content: bytes, size: int) -> bytes:
    """``content`` in chunks of ``size``, without the last, empty one."""
    parts = (content[at : at + size] for at in range(0, len(content), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


class Wire:
    """One raw connection to a box."""

    def __init__(self, box: LiveBox) -> None:
        self.socket = box.connect()
        self.socket.settimeout(15)
        self._reader = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close both directions: FIN, or RST if SO_LINGER asks for it."""
        self._reader.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        self.socket.sendall(data)

    def answer(self, method: str = "PATCH") -> Answer:
        """The next response, also a ``100``, to a request of that method."""
        line = self._reader.readline()
        assert line.startswith(b"HTTP/1.1 "), line
        headers = {}
        while field := self._reader.readline().strip():
            name, _, value = field.decode().partition(":")
            headers[name.lower()] = value.strip()
        size = 0 if method == "HEAD" else int(headers.get("content-length", 0))
        body = self._reader.read(size)
        assert len(body) == size, "the answer is cut"
        return Answer(int(line.split()[1]), headers, body)

    def rest(self) -> bytes:
        """Everything until the server closes."""
        try:
            return self._reader.read()
        except ConnectionResetError:
            return b""


@contextmanager
def dripping(wire: Wire, content: bytes, step: int) -> Iterator[list[bytes]]:
    """Have a client send ``content`` in small steps, ten a second, until the block ends or the box closes.

    Gives the steps that were sent, complete after the block.
    """
    over, sent = threading.Event(), list[bytes]()

    def drip() -> None:
        with suppress(OSError):
            for at in range(0, len(content), step):
                wire.send(content[at : at + step])
                sent.append(content[at : at + step])
                if over.wait(0.1):
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield sent
    finally:
        over.set()
        thread.join()


# A head that two servers could read differently, each with a second request hidden behind or inside it.
# The upload is addressed as {upload}, a good head's lines as {good}.
HIDDEN = "GET /healthz HTTP/1.1\r\nHost: hidden\r\n\r\n"
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
def test_ambiguous_request_is_refused_and_nothing_behind_it_is_served(api: Api, row: str) -> None:
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
def test_what_is_no_request_is_refused(api: Api, make: Callable[[LiveBox], bytes]) -> None:
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
