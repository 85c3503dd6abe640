"""Bounded I/O with a server that may not be a box: deadlines, answers, and one raw connection.

HTTP libraries cannot stop in the middle of a body and look for an answer, hence the raw connection.
"""

from __future__ import annotations

import json
import math
import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

# Seconds for one call, its answer included, and for a TCP connection.
CALL = 10.0
CONNECT = 10.0
RAW_ANSWER_LIMIT = 64 * 1024  # bytes
HTTP_1, HTTP_2 = "http/1.1", "h2"  # as TLS calls them (ALPN)
_LONGEST = 300  # characters of an error message


class Deadline:
    """A point in time, ``seconds`` from now, that bounds all waiting.

    Time-outs between bytes alone would let a server that drips keep a check busy for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, most: float = CALL) -> float:
        """Return the seconds left, at most ``most``. Errors: TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        return min(left, most)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; header names are lower case. Status 0 stands for a connection that was closed."""

    status: int
    headers: Mapping[str, str]
    text: str


CLOSED = Answer(0, {}, "")


def document(answer: Answer) -> dict[str, Any]:
    """Return the resource in an answer, empty if there is none."""
    return _parsed(answer.text)


def code_of(answer: Answer) -> str | None:
    """Return the error code of a box, ``None`` for the error page of a proxy."""
    code = _error(answer).get("code")
    return code if isinstance(code, str) else None


def message_of(answer: Answer) -> str:
    """Return the error message of a box."""
    return str(_error(answer).get("message", ""))[:_LONGEST]


def id_in(resource: object) -> str:
    """Return the id of a resource, empty if it has none that could be part of an address."""
    value = resource.get("id") if isinstance(resource, dict) else None
    return value if isinstance(value, str) and re.fullmatch(r"[0-9A-Za-z-]{1,64}", value) else ""


def items_of(answer: Answer) -> list[dict[str, Any]]:
    """Return the resources in a page."""
    items = document(answer).get("items")
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def number(text: str | None) -> int | None:
    """Parse a header that holds a number of bytes; ``None`` if it does not."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def instant(value: object) -> float:
    """Parse a time into seconds; NaN, which is neither before nor after anything, if it is not one."""
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


def _error(answer: Answer) -> dict[str, Any]:
    # From the first brace to the last: an answer read off the wire may still be in chunks.
    error = _parsed(answer.text[answer.text.find("{") : answer.text.rfind("}") + 1]).get("error")
    return error if isinstance(error, dict) else {}


def _parsed(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


class Wire:
    """A connection to the host of a URL, until ``deadline``. Every method may raise OSError."""

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
        """Send the head of a request for the URL."""
        lines = [f"{method} {self._parts.path} HTTP/1.1", f"Host: {self._parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send("".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii"))

    def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        # Not sendall: over TLS its timeout is one for each record.
        deadline, left = Deadline(self._deadline.left()), memoryview(data)
        while left:
            self.socket.settimeout(deadline.left())
            left = left[self.socket.send(left) :]

    def answer(self, timeout: float) -> Answer | None:
        """Return the next response, also a ``100``; ``None`` if none has begun after ``timeout`` seconds."""
        deadline = time.monotonic() + self._deadline.left(timeout)
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
        wanted = RAW_ANSWER_LIMIT if length is None else min(length, RAW_ANSWER_LIMIT)
        deadline = time.monotonic() + self._deadline.left(2)
        while len(self._received) < wanted and self._receive(deadline):
            pass
        return self._received[:wanted].decode(errors="replace")

    def _receive(self, deadline: float) -> bool:
        """Wait for more data until ``deadline``; return false if none came, or too much."""
        left = deadline - time.monotonic()
        if left <= 0 or len(self._received) > RAW_ANSWER_LIMIT:
            return False
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(RAW_ANSWER_LIMIT)
        except TimeoutError:
            return False
        except ConnectionError:
            data = b""
        self._received += data
        return bool(data)


def speaks_http2(url: str, tls: ssl.SSLContext, deadline: Deadline) -> bool:
    """Return whether the server would speak HTTP/2 with a client that can."""
    try:
        with Wire(url, tls, deadline, (HTTP_2, HTTP_1)) as wire:
            return isinstance(wire.socket, ssl.SSLSocket) and wire.socket.selected_alpn_protocol() == HTTP_2
    except OSError:
        return False
