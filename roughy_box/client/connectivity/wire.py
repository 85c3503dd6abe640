"""One raw connection: HTTP libraries are too polite to stop in the middle of a body and look."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from urllib.parse import urlsplit

from roughy_box.client.connectivity.answers import CLOSED, Answer, number
from roughy_box.client.connectivity.deadline import Deadline

CONNECT = 10.0  # seconds
MOST = 64 * 1024  # bytes of an answer
HTTP_1, HTTP_2 = "http/1.1", "h2"  # as TLS calls them (ALPN)


class Wire:
    """A connection to the host of an address, until ``deadline``. Errors: OSError from everything."""

    def __init__(self, url: str, tls: ssl.SSLContext, deadline: Deadline, protocols: Sequence[str] = (HTTP_1,)) -> None:
        self._deadline = deadline
        tls.set_alpn_protocols([*protocols])
        self._parts = urlsplit(url)
        secure = self._parts.scheme == "https"
        host = self._parts.hostname or ""
        raw = socket.create_connection((host, self._parts.port or (443 if secure else 80)), deadline.left(CONNECT))
        self.socket = tls.wrap_socket(raw, server_hostname=host) if secure else raw
        self._received = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.socket.close()

    def begin(self, method: str, headers: Mapping[str, str]) -> None:
        """Send the head of a request for the address."""
        lines = [f"{method} {self._parts.path} HTTP/1.1", f"Host: {self._parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii"))

    def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        # Not sendall: over TLS its time-out is one for each record.
        deadline, left = Deadline(self._deadline.left()), memoryview(data)
        while left:
            self.socket.settimeout(deadline.left())
            left = left[self.socket.send(left) :]

    def answer(self, patience: float) -> Answer | None:
        """The next response, also a ``100``; ``None`` when none has begun after ``patience`` seconds."""
        deadline = time.monotonic() + self._deadline.left(patience)
        while b"\r\n\r\n" not in self._received:
            if not self._receive(deadline):
                return None if time.monotonic() >= deadline else CLOSED
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = number(first.partition(" ")[2].partition(" ")[0]) or 0
        return Answer(status, fields, self._body(fields) if status >= 200 else "") if status else CLOSED

    def _body(self, fields: Mapping[str, str]) -> str:
        length = number(fields.get("content-length"))
        wanted = MOST if length is None else min(length, MOST)
        deadline = time.monotonic() + self._deadline.left(2)
        while len(self._received) < wanted and self._receive(deadline):
            pass
        return self._received[:wanted].decode(errors="replace")

    def _receive(self, deadline: float) -> bool:
        """Wait for more until then; false when there is none, or no end of it."""
        left = deadline - time.monotonic()
        if left <= 0 or len(self._received) > MOST:
            return False
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(MOST)
        except TimeoutError:
            return False
        except ConnectionError:
            data = b""
        self._received += data
        return bool(data)


def speaks_http2(url: str, tls: ssl.SSLContext, deadline: Deadline) -> bool:
    """Whether the other side would speak HTTP/2 with a client that can."""
    try:
        with Wire(url, tls, deadline, (HTTP_2, HTTP_1)) as wire:
            return isinstance(wire.socket, ssl.SSLSocket) and wire.socket.selected_alpn_protocol() == HTTP_2
    except OSError:
        return False
