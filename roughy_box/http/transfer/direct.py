"""Receive a large body directly: worker threads read the socket, past Sanic.

Sanic's own way copies every byte four times and hands each piece over to a thread. Here the event loop only waits
until the socket is readable; a worker then reads it into a reused buffer and writes from there to the file. Two
workers serve any number of uploads, at low priority, so that the API stays responsive.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from roughy_box.base.tasks import lower_thread_priority
from roughy_box.domain.upload import BodyEnd
from roughy_box.http.server.sanic_compat import Stream
from roughy_box.http.server.traffic import Flow
from roughy_box.http.transfer.workers import MOST, Workers, wake

WORTHWHILE = 256 * 1024  # bytes; below this the plain way is as fast
BUFFER = 1024**2
WAKE_AT = 512 * 1024  # bytes that should have arrived before a worker is woken
WAKE_AFTER = 0.25  # seconds after which it is woken for whatever is there

Sink = Callable[[memoryview], None]

_local = threading.local()


def _init_worker() -> None:
    _local.buffer = memoryview(bytearray(BUFFER))
    lower_thread_priority(10)


_workers = Workers("direct", 8 * BUFFER, _init_worker)


def socket_of(stream: Stream) -> socket.socket | None:
    """Return a duplicate of the plain TCP socket under a request, ``None`` where there is none (TLS)."""
    transport = stream.protocol.transport
    if transport is None or transport.is_closing() or transport.get_extra_info("sslcontext"):
        return None
    connection = transport.get_extra_info("socket")
    return None if connection is None else socket.socket(fileno=os.dup(connection.fileno()))


class DirectReceive:
    """A body of known length, read from the socket into a sink."""

    def __init__(
        self, stream: Stream, connection: socket.socket, cut: asyncio.Future[BodyEnd], silence: float, flow: Flow
    ) -> None:
        self._stream = stream
        self._socket = connection
        self._cut = cut
        self._silence = silence
        self._flow = flow

    async def stream_to(self, sink: Sink) -> BodyEnd:
        """Write the rest of the body to ``sink``. Return how it ended. Errors: those of ``sink``."""
        loop = asyncio.get_running_loop()
        transport = self._stream.protocol.transport
        transport.pause_reading()
        self._socket.setblocking(False)
        try:
            return await self._take_turns(loop, sink, self._taken_by_framework(transport))
        except BaseException:
            # The position in the body is unknown now; what comes must never be read as a request.
            self._stream.keep_alive = False
            raise
        finally:
            self._raise_watermark(1)
            self._socket.close()
            if not transport.is_closing():
                transport.resume_reading()

    def _taken_by_framework(self, transport: Any) -> bytes:
        """Return what Sanic has read of the body already. Send ``100 Continue`` if the client waits for it."""
        stream = self._stream
        if stream.expecting_continue:
            stream.expecting_continue = False
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        early = bytes(stream.recv_buffer[: stream.request_bytes_left])
        del stream.recv_buffer[: len(early)]
        return early

    async def _take_turns(self, loop: asyncio.AbstractEventLoop, sink: Sink, early: bytes) -> BodyEnd:
        heard = time.monotonic()
        while self._stream.request_bytes_left:
            taken, ended = await _workers.run(self._take, sink, early)
            early = b""
            self._stream.protocol.touch()
            self._stream.request_bytes_left -= taken
            self._flow.add("direct", taken)
            if taken:
                heard = time.monotonic()
            elif time.monotonic() - heard >= self._silence:
                return BodyEnd.SILENT
            if self._cut.done():
                return self._cut.result()
            if ended:
                return BodyEnd.LOST
            if self._stream.request_bytes_left:
                await self._readable(loop)
        # Lets Sanic note that the body was read.
        await self._stream.read()
        return BodyEnd.COMPLETE

    async def _readable(self, loop: asyncio.AbstractEventLoop) -> None:
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._socket, wake, ready)
        try:
            waited: set[asyncio.Future[Any]] = {ready, self._cut}
            await asyncio.wait(waited, timeout=WAKE_AFTER, return_when=asyncio.FIRST_COMPLETED)
        finally:
            loop.remove_reader(self._socket)

    def _take(self, sink: Sink, early: bytes) -> tuple[int, bool]:
        """In a worker, store ``early`` and what has arrived. Return how much, and whether the connection ended."""
        if early:
            sink(memoryview(early))
        buffer, left = _local.buffer, min(self._stream.request_bytes_left, MOST)
        taken = len(early)
        while taken < left and not self._cut.done() and not _workers.is_turn_over(taken):
            try:
                count = self._socket.recv_into(buffer[: left - taken])
            except BlockingIOError:
                self._raise_watermark(self._stream.request_bytes_left - taken)
                if _workers.linger(self._socket, select.POLLIN):
                    continue
                break
            except OSError:
                return taken, True
            if not count:
                return taken, True
            sink(buffer[:count])
            taken += count
        return taken, False

    def _raise_watermark(self, left: int) -> None:
        """Make the socket readable only once ``left`` bytes have arrived, or enough to be worth a wake-up."""
        # On a system without this option a worker is only woken more often.
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, min(left, WAKE_AT))
