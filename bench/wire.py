"""The client: raw sockets and sendfile, so that it takes little of the CPU it shares with the server.

The functions run in a separate process and know nothing about what they send.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

TIMEOUT = 120  # seconds
BUFFER = 1024**2


class Shot(NamedTuple):
    """One request: its head, and the part of the source file that is its body."""

    head: bytes
    start: int = 0
    length: int = 0


class Answer(NamedTuple):
    """A response without a long body."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect(port: int) -> socket.socket:
    """Open a blocking connection with a timeout."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        connection.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", TIMEOUT, 0))
    return connection


def upload(port: int, source: Path, uploads: Sequence[Sequence[Shot]]) -> float:
    """Send every upload on a separate connection, all at once; return the seconds until the last response."""

    def run(shots: Sequence[Shot]) -> None:
        with connect(port) as connection, source.open("rb") as file:
            for shot in shots:
                _send(connection, file.fileno(), shot)
                _expect_success(receive(connection))

    return _all_at_once(run, uploads)


def repeat(port: int, shot: bytes, count: int, connections: int = 1) -> float:
    """Send the same small request ``count`` times in total; return the seconds until the last response."""

    def run(share: int) -> None:
        with connect(port) as connection:
            for _ in range(share):
                connection.sendall(shot)
                _expect_success(receive(connection))

    return _all_at_once(run, [count // connections] * connections)


def latencies(port: int, shot: bytes, count: int) -> list[float]:
    """Return the milliseconds of each of ``count`` responses, one after the other."""
    with connect(port) as connection:
        return [_ping(connection, shot) for _ in range(count)]


def latencies_until(port: int, shots: Sequence[bytes], stop: Path, pause: float = 0.002) -> list[list[float]]:
    """Do the same for several requests in turn, until the file ``stop`` appears."""
    measured: list[list[float]] = [[] for _ in shots]
    with connect(port) as connection:
        while not stop.exists():
            for shot, times in zip(shots, measured, strict=True):
                times.append(_ping(connection, shot))
                time.sleep(pause)
    return measured


def first_chunk(port: int, source: Path, shot: Shot) -> tuple[float, int]:
    """Return the milliseconds from the last byte sent to the response, and its status; the body may be incomplete."""
    with connect(port) as connection, source.open("rb") as file:
        _send(connection, file.fileno(), shot)
        began = time.perf_counter()
        answer = receive(connection)
        return (time.perf_counter() - began) * 1000, answer.status


def download(port: int, shots: Sequence[bytes]) -> tuple[float, int]:
    """Fetch one after the other on one connection and discard the bytes; return seconds and bytes."""
    buffer, total = memoryview(bytearray(BUFFER)), 0
    began = time.perf_counter()
    with connect(port) as connection:
        for shot in shots:
            connection.sendall(shot)
            head, rest = _head(connection)
            _expect_success(head)
            left = int(head.headers["content-length"])
            total += left
            left -= len(rest)
            while left:
                got = connection.recv_into(buffer[:left])
                assert got, "the download was cut"
                left -= got
    return time.perf_counter() - began, total


def receive(connection: socket.socket) -> Answer:
    """Read one response with its body."""
    answer, body = _head(connection)
    left = int(answer.headers.get("content-length", 0)) - len(body)
    while left > 0:
        more = connection.recv(min(left, BUFFER))
        assert more, "the answer was cut"
        body, left = body + more, left - len(more)
    return answer._replace(body=body)


def _send(connection: socket.socket, source: int, shot: Shot) -> None:
    connection.sendall(shot.head, socket.MSG_MORE if shot.length else 0)
    offset, end = shot.start, shot.start + shot.length
    while offset < end:
        offset += os.sendfile(connection.fileno(), source, offset, end - offset)


def _head(connection: socket.socket) -> tuple[Answer, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(64 * 1024)
        assert more, f"the connection was closed: {data!r}"
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    return Answer(int(status.split()[1]), headers, b""), rest


def _ping(connection: socket.socket, shot: bytes) -> float:
    began = time.perf_counter()
    connection.sendall(shot)
    _expect_success(receive(connection))
    return (time.perf_counter() - began) * 1000


def _expect_success(answer: Answer) -> None:
    assert 200 <= answer.status < 300, answer


def _all_at_once(run: Callable[[Any], None], shares: Sequence[Any]) -> float:
    failures: list[BaseException] = []

    def guarded(share: Any) -> None:
        try:
            run(share)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(share,)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - began
