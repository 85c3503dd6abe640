"""The limit on open connections.

A client that holds connections without using them must not lock others out: the oldest idle one is closed for a new
one, then the oldest whose request is not complete. Only when every connection is at work is the new one turned away.
"""

from __future__ import annotations

import json
import resource
from typing import Protocol

from roughy_box.domain.errors import BoxError
from roughy_box.storage.models import new_id

RETRY_AFTER = 5  # seconds


class Connection(Protocol):
    """One connection of a client."""

    is_unfinished: bool  # the body of a small request is still coming

    def is_idle(self) -> bool:
        """Return whether no request is being answered on it."""

    def close(self) -> None:
        """Close it."""


class Connections:
    """The open connections, oldest first; at most ``most``."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.refused = 0
        self._open: dict[Connection, None] = {}

    def admit(self, connection: Connection) -> bool:
        """Add a new connection. Return false if there is no room for it."""
        if len(self._open) >= self.most and not self._make_room():
            self.refused += 1
            return False
        self._open[connection] = None
        return True

    def __len__(self) -> int:
        return len(self._open)

    def forget(self, connection: Connection) -> None:
        """Remove a connection that is closed. Repeatable."""
        self._open.pop(connection, None)

    def _make_room(self) -> bool:
        idle = (connection for connection in self._open if connection.is_idle())
        unfinished = (connection for connection in self._open if connection.is_unfinished)
        connection = next(idle, None) or next(unfinished, None)
        if connection is None:
            return False
        self.forget(connection)
        connection.close()
        return True


def within_file_limit(wanted: int) -> int:
    """Return ``wanted``, or as many connections as the limit on open files allows.

    That limit is raised as far as the system permits; half of it is kept for the files of uploads and downloads.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted * 2 if hard == resource.RLIM_INFINITY else min(wanted * 2, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
        soft = enough
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, soft // 2)


def no_room() -> bytes:
    """Return the whole answer to a connection that is refused, before its request is read."""
    error = BoxError("unavailable", "Too many open connections. Try again in a moment.")
    body = json.dumps({"error": {"code": error.code, "message": error.message}}).encode()
    head = (
        f"HTTP/1.1 {error.status} Service Unavailable\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: {RETRY_AFTER}\r\nX-Request-ID: {new_id()}\r\n"
        "X-Content-Type-Options: nosniff\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
