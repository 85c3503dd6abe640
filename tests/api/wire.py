"""A raw client for upload tests, which sends what HTTP clients would not."""

from __future__ import annotations

import io
import json
import random
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from tests.harness import CHUNK_TYPE, PATIENCE, Api, LiveBox, wait_until

MIB = 1024**2
# A request that must never be served: it is within a body or behind one.
HIDDEN = "GET /healthz HTTP/1.1\r\nHost: hidden\r\n\r\n"


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
    """Return the path of an open upload's bytes."""
    return box.data_dir / "incoming" / asset_id


def arrived(api: Api, url: str, offset: int, patience: float = PATIENCE) -> None:
    """Wait until the box reports ``offset`` bytes."""
    wait_until(lambda: api.offset(url) == offset, patience)


@dataclass(frozen=True)
class Answer:
    """One response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """Return the error code of the envelope."""
        return str(json.loads(self.body)["error"]["code"])


def request_head(box: LiveBox, method: str, url: str, *lines: str, key: str | None = None) -> bytes:
    """Return a request head with a key and ``lines``."""
    start = f"{method} {urlsplit(url).path} HTTP/1.1"
    fixed = f"Host: 127.0.0.1:{box.port}", f"Authorization: Bearer {key or box.key}", "Tus-Resumable: 1.0.0"
    return ("\r\n".join([start, *fixed, *lines]) + "\r\n\r\n").encode()


def chunk_head(box: LiveBox, url: str, offset: int, length: int | None, *lines: str) -> bytes:
    """Return the head of a PATCH; chunked coding without a ``length``."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return request_head(box, "PATCH", url, f"Upload-Offset: {offset}", f"Content-Type: {CHUNK_TYPE}", framing, *lines)


def chunked(content: bytes, size: int) -> bytes:
    """Return ``content`` in chunks of ``size``, without the last, empty one."""
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
        """Return the next response, also a ``100``, to a request of that method."""
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
        """Return everything until the server closes."""
        try:
            return self._reader.read()
        except ConnectionResetError:
            return b""


@contextmanager
def dripping(wire: Wire, content: bytes, step: int) -> Iterator[list[bytes]]:
    """Send ``content`` in small steps, ten a second, until the block ends or the box closes.

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
