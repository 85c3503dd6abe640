"""The connection: stricter than Sanic's own protocol where clients are slow, careless or hostile.

* A head must be complete within an absolute time. Sanic's timeout restarts with every byte, so a client that sends
  one header line now and then would never be cut.
* A connection that is closed with a request body still coming lingers: the answer is sent, the sending side shut, and
  what arrives is read and dropped for a while. Closing at once would make the kernel send a reset, and the client may
  lose the answer (RFC 9112, section 9.6).
* A chunked body is read to the letter. Sanic takes "0x5" or " 5" as a chunk size and skips any two bytes behind a
  chunk; behind a proxy that reads otherwise, bytes of a body would become a request.
* Connections are counted, and one beyond the limit is answered with 503 (connections.py).
* A client that does not read answers holds its connection no longer than one that sends nothing; Sanic would wait
  an hour for it.
* A client that shuts its sending side is still there. Sanic cancels the request, even one it has not begun with; here
  what was sent is served, and a body that lacks bytes ends.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from sanic import Request
from sanic.exceptions import BadRequest, RequestCancelled, RequestTimeout

from roughy_box.http.server.connections import no_room
from roughy_box.http.server.sanic_compat import HTTP_CONTINUE, Http, HttpProtocol, Stage

HEAD_DEADLINE = 10.0  # seconds
DEAF = 2.0  # seconds without reading anything after which a connection may be closed for a new one
STALL = 60.0  # seconds after which it is cut
LINGER = 4.0  # seconds
LINGER_WITHOUT_ROOM = 0.5  # seconds
LINGER_BYTES = 64 * 1024**2

# A size and its extensions, in which no other line end may hide (RFC 9112, section 7.1.1). It begins with the CRLF of
# what precedes it: Sanic leaves the one of the head in the buffer, too.
_CHUNK_LINE = re.compile(rb"\r\n[0-9A-Fa-f]{1,16}(?:;[\t -~\x80-\xff]{0,200})?\r\n")
_CHUNK_LINE_MAX = 256  # bytes


class BodyCut(BadRequest):
    """The client shut its sending side within the body."""


class BoxHttp(Http):
    """A request of a connection, with a chunked body read strictly (RFC 9112, section 7.1)."""

    async def read(self) -> bytes | None:
        """Return the next bytes of the body, ``None`` at its end. Errors: ``BadRequest``."""
        framing: object = self.request_body  # Sanic's annotation omits that it may be a string
        if framing == "chunked" and not self.request_bytes_left:
            await self._check_chunk_line()
        return await super().read()

    async def _check_chunk_line(self) -> None:
        buffer = self.recv_buffer
        if self.expecting_continue:
            self.expecting_continue = False
            await self._send(HTTP_CONTINUE)
        while buffer.find(b"\r\n", 2) < 0 and len(buffer) < _CHUNK_LINE_MAX and b"\r\n".startswith(buffer[:2]):
            await self._receive_more()
        if not _CHUNK_LINE.match(buffer):
            self.keep_alive = False
            raise BadRequest("Bad chunked encoding")

    def create_empty_request(self) -> None:
        """Make a stand-in for a request whose head was refused, without its target, which may be what is wrong."""
        self.url = None
        super().create_empty_request()


class BoxProtocol(HttpProtocol):
    """A connection of a client."""

    HTTP_CLASS = BoxHttp

    __slots__ = (
        *("_dropped", "_ended", "_head_timer", "_linger_timer", "_stall_timer", "_stalled"),
        *("body_unread", "is_unfinished", "_ends_with_client"),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.body_unread = False
        self.is_unfinished = False  # a small body is waited for
        self._dropped: int | None = None
        self._ended = False
        self._ends_with_client = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._stalled: float | None = None

    def connection_made(self, transport: Any) -> None:
        """Serve a new connection, or refuse it."""
        super().connection_made(transport)
        if not self.app.ctx.connections.admit(self):
            transport.write(no_room())
            self._linger(LINGER_WITHOUT_ROOM)

    def data_received(self, data: bytes) -> None:
        """Take received bytes: drop them while lingering, else hand them to Sanic."""
        if self._dropped is not None:
            self._dropped += len(data)
            if self._dropped > LINGER_BYTES:
                self.abort()
            return
        self._limit_head()
        super().data_received(data)

    def eof_received(self) -> bool:
        """Note that nothing more comes. Keep the connection for the answers that are still due."""
        is_request_due = bool(self.http) or b"\r\n\r\n" in self.recv_buffer
        is_tls = self.transport is None or self.transport.get_extra_info("sslcontext") is not None
        if is_tls or self._dropped is not None or not is_request_due or self._ends_with_client:
            return False
        self._ended = True
        self._data_received.set()
        return True

    async def receive_more(self) -> None:
        """Wait for more bytes. Errors: :class:`BodyCut` when none can come."""
        if self._ended:
            self._end_request()
        await super().receive_more()

    def pause_writing(self) -> None:
        """Note that the client does not read, and cut it after ``STALL``."""
        self._stalled = self.loop.time()
        self._stall_timer = self.loop.call_later(STALL, self.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        self._stalled = None
        if self._stall_timer:
            self._stall_timer.cancel()
        super().resume_writing()

    async def send(self, data: bytes) -> None:
        """Send bytes once there is room for them. Errors: ``RequestCancelled`` when the client is gone."""
        await self._can_write.wait()
        if self.transport is None:
            raise RequestCancelled
        await super().send(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers along with the connection."""
        for timer in (self._head_timer, self._linger_timer):
            if timer:
                timer.cancel()
        self.app.ctx.connections.forget(self)
        super().connection_lost(exc)

    def close(self, timeout: float | None = None) -> None:
        """Close now, or after lingering if a body is still on its way."""
        transport = self.transport
        if self.body_unread and self._dropped is None and transport and not transport.is_closing():
            self._linger(LINGER)
            return
        super().close(timeout)

    def is_idle(self) -> bool:
        """Return whether no request is being answered.

        A head that is still coming does not count, nor an answer that the client does not read.
        """
        if self._stalled is not None and self.loop.time() - self._stalled >= DEAF:
            return True
        return self.http is None or self.http.stage in (Stage.IDLE, Stage.REQUEST)

    def touch(self) -> None:
        """Note progress that Sanic does not see, so that its timeout counts from now."""
        self._time = time.monotonic()

    def end_with_client(self) -> None:
        """Close the connection once the client shuts its sending side: it expects no end of the answer."""
        self._ends_with_client = True
        if self._ended:
            self.abort()

    def cut_if_stalled(self) -> None:
        """Cut the connection if the client does not read."""
        if self._stalled is not None:
            self.abort()

    def limit_rest(self, request: Request) -> None:
        """End the connection if the rest of a refused body does not come soon."""
        self.loop.call_later(LINGER, self._rest_is_late, request)

    def _linger(self, seconds: float) -> None:
        """Shut the sending side, drop what arrives for a while, then close."""
        assert self.transport
        self._dropped = 0
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.transport.resume_reading()
        self._linger_timer = self.loop.call_later(seconds, super().close)

    def _rest_is_late(self, request: Request) -> None:
        http = self.http
        if http is not None and http.request is request and http.request_body and self._task:
            self.body_unread = True
            self._task.cancel()

    def _end_request(self) -> None:
        if self.http:
            raise BodyCut("The request body ended early.")
        # Between requests: as if the connection were lost.
        if self.conn_info:
            self.conn_info.lost = True
        raise asyncio.CancelledError

    def _limit_head(self) -> None:
        # Not by truth: an Http is false before its head is complete.
        stage = Stage.IDLE if self.http is None else self.http.stage
        if stage is Stage.IDLE and self._head_timer:
            self._head_timer.cancel()
            self._head_timer = None
        if stage in (Stage.IDLE, Stage.REQUEST) and self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_DEADLINE, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.http is not None and self.http.stage is Stage.REQUEST and self._task:
            self.http.exception = RequestTimeout("The request head took too long.")
            self._task.cancel()
