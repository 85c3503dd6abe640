"""The child's end of the line to the server: frames over the socket that is its standard input and output."""

from __future__ import annotations

import socket
import time

from roughy_box.media.protocol import (
    ERROR,
    HEADER,
    JOB,
    LONGEST_JOB,
    MOST_DESCRIPTORS,
    PROGRESS,
    READY,
    RESULT,
    Frame,
    json_payload,
)

_REPORT_EVERY = 0.25  # seconds


class Line:
    """Takes jobs and sends what becomes of them. Blocks."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._job = 0
        self._reported_at = 0.0
        self._stage: str | None = None

    def ready(self) -> None:
        """Say that jobs may come."""
        self._send(READY, b"")

    def take_job(self) -> tuple[bytes, list[int]] | None:
        """Wait for a job; return its payload and descriptors, None when the server has ended or broke the protocol."""
        header, descriptors, _, _ = socket.recv_fds(self._line, HEADER.size, MOST_DESCRIPTORS)
        while header and len(header) < HEADER.size:
            more = self._line.recv(HEADER.size - len(header))
            header = header + more if more else b""
        if not header:
            return None
        kind, self._job, length = HEADER.unpack(header)
        if kind != JOB or length > LONGEST_JOB:
            return None
        payload = self._receive(length)
        return None if payload is None else (payload, descriptors)

    def progress(self, fraction: float, work: int, stage: str | None = None) -> None:
        """Report how far the job is, from 0 to 1, and the work done so far, in any unit that only grows.

        The server ends a job whose work does not grow. Reports of one stage that come close together are dropped.
        """
        now = time.monotonic()
        if now - self._reported_at >= _REPORT_EVERY or stage != self._stage:
            self._reported_at, self._stage = now, stage
            self._send(PROGRESS, json_payload({"fraction": round(fraction, 4), "work": work, "stage": stage}))

    def result(self, payload: bytes) -> None:
        """End the job with its result."""
        self._send(RESULT, payload)

    def error(self, sentence: str) -> None:
        """End the job with the reason why there is no result."""
        self._send(ERROR, sentence.encode()[:1000])

    def _send(self, kind: bytes, payload: bytes) -> None:
        self._line.sendall(Frame(kind, self._job, payload).pack())

    def _receive(self, length: int) -> bytes | None:
        received = bytearray()
        while len(received) < length:
            data = self._line.recv(min(length - len(received), 1024**2))
            if not data:
                return None
            received += data
        return bytes(received)
