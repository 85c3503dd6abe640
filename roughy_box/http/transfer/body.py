"""A request body whose iteration never fails, it only ends.

The store sees bytes and then the end. The cause (complete, disconnected, silent, stopped) is kept in ``ending`` and
judged afterwards, so that every byte that arrived is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from sanic import Request
from sanic.exceptions import BadRequest

from roughy_box.domain.upload import BodyEnd
from roughy_box.http.server.protocol import BodyCut
from roughy_box.http.server.sanic_compat import stream_of
from roughy_box.http.server.traffic import Flow
from roughy_box.http.transfer import direct
from roughy_box.http.transfer.direct import Sink


class RequestBody:
    """The body of a streaming request.

    ``declared``: its Content-Length in bytes, 0 without a body, ``None`` for a chunked one. ``silence``: seconds
    without a byte after which it ends.
    """

    def __init__(self, request: Request, silence: float, flow: Flow) -> None:
        self._stream = stream_of(request)
        self._silence = silence
        self._flow = flow
        self._cut: asyncio.Future[BodyEnd] = asyncio.get_running_loop().create_future()
        self.ending = BodyEnd.COMPLETE
        self.declared: int | None = None if self._stream.request_body == "chunked" else self._stream.request_bytes

    def stop(self) -> None:
        """End the iteration soon."""
        self._end(BodyEnd.STOPPED)

    def lose(self) -> None:
        """End the iteration after the bytes that have arrived: the connection is lost."""
        self._end(BodyEnd.LOST)

    async def stream_to(self, sink: Sink) -> None:
        """Write the rest straight to ``sink`` where that is faster; the iteration continues with what is left.

        ``sink`` is called in a thread, never twice at once. Errors: those of ``sink``.
        """
        if not self.declared or self._stream.request_bytes_left < direct.WORTHWHILE or self._cut.done():
            return
        if connection := direct.socket_of(self._stream):
            self.ending = await direct.DirectReceive(
                self._stream, connection, self._cut, self._silence, self._flow
            ).stream_to(sink)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the bytes in order, as they arrive."""
        while self._stream.request_body and self.ending is BodyEnd.COMPLETE:
            if data := await self._next():
                self._flow.add("plain", len(data))
                yield data

    async def _next(self) -> bytes | None:
        stream = self._stream
        if self.declared and not stream.expecting_continue and (stream.recv_buffer or not stream.request_bytes_left):
            return await stream.read()  # does not wait
        read: asyncio.Future[bytes | None] = asyncio.ensure_future(self._stream.read())
        # A read that Sanic's buffer can serve is done before the cut is checked: a lost connection leaves received
        # bytes there.
        waited: set[asyncio.Future[Any]] = {read, self._cut}
        await asyncio.wait(waited, timeout=self._silence, return_when=asyncio.FIRST_COMPLETED)
        if not read.done():
            read.cancel()
            await asyncio.wait({read})
            self.ending = self._cut.result() if self._cut.done() else BodyEnd.SILENT
            # The position in a chunked body is unknown now; what comes must never be read as a request.
            self._stream.keep_alive = False
            return None
        try:
            return read.result()
        except BodyCut:
            self.ending = BodyEnd.LOST
        except BadRequest:
            self.ending = BodyEnd.MALFORMED
        except (RuntimeError, AttributeError):
            # Sanic tried to read more from the closed transport.
            self.ending = BodyEnd.LOST
        return None

    def _end(self, ending: BodyEnd) -> None:
        if not self._cut.done():
            self._cut.set_result(ending)
