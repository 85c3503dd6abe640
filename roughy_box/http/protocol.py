"""The connection: what Sanic's own protocol leaves open.

* A head must be complete within an absolute time; Sanic's time-out starts anew with every byte,
  so that a client sending one header line now and then would never be cut.
* A connection closed with a request body still coming lingers: answer sent, sending side shut,
  what comes is read and dropped for a while. Closing at once would make the kernel send a reset,
  and the client may lose the answer (RFC 9112, section 9.6).
"""

from __future__ import annotations

import asyncio
from typing import Any

from sanic.exceptions import RequestTimeout
from sanic.http import Stage
from sanic.server import HttpProtocol

HEAD_DEADLINE = 10.0  # seconds
LINGER = 4.0  # seconds
LINGER_BYTES = 64 * 1024**2


class BoxProtocol(HttpProtocol):
    """One connection of a client."""

    __slots__ = ("_dropped", "_head_timer", "_linger_timer", "body_unread")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.body_unread = False
        self._dropped: int | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Take bytes in: drop them while lingering, else hand them to Sanic."""
        if self._dropped is not None:
            self._dropped += len(data)
            if self._dropped > LINGER_BYTES:
                self.abort()
            return
        self._watch_head()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers along with the connection."""
        for timer in (self._head_timer, self._linger_timer):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def close(self, timeout: float | None = None) -> None:
        """Close now, or after lingering if a body is still on its way."""
        transport = self.transport
        if self.body_unread and self._dropped is None and transport and not transport.is_closing():
            self._dropped = 0
            if transport.can_write_eof():
                transport.write_eof()
            transport.resume_reading()
            self._linger_timer = self.loop.call_later(LINGER, super().close)
            return
        super().close(timeout)

    def _watch_head(self) -> None:
        stage = self._http.stage if self.http else Stage.IDLE
        if stage is Stage.IDLE and self._head_timer:
            self._head_timer.cancel()
            self._head_timer = None
        if stage in (Stage.IDLE, Stage.REQUEST) and self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_DEADLINE, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.http and self.http.stage is Stage.REQUEST and self._task:
            self.http.exception = RequestTimeout("The head of the request took too long.")
            self._task.cancel()
