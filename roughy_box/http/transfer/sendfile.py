"""Send a file as the body of an answer: by the kernel, or in pieces through Sanic where that is not possible.

Once Sanic has sent the head, a worker calls ``sendfile`` on a duplicate of the socket whenever it is writable; nothing
is copied through this process. Over TLS, and for a few bytes, pieces are read in a thread and sent by Sanic.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
from contextlib import suppress

from sanic.response import BaseHTTPResponse

from roughy_box.http.server.sanic_compat import Stream
from roughy_box.http.server.traffic import Flow
from roughy_box.http.transfer import direct
from roughy_box.http.transfer.workers import MOST, Workers, wake

STALL = 60.0  # seconds a client may read nothing
# Bytes. A client that does not read keeps a piece in memory, several times; all pieces together take at most so much.
ALL_PIECES = 64 * 1024**2
# With smaller pieces the thread switches cost more than the bytes; larger ones are not faster.
LARGEST = 512 * 1024
SMALLEST = 64 * 1024

_workers = Workers("sendfile", 4 * 1024**2)
_in_pieces: set[Flow] = set()


async def send(
    stream: Stream, response: BaseHTTPResponse, descriptor: int, start: int, length: int, flow: Flow
) -> None:
    """Send ``length`` bytes of an open file from ``start``, and cut the connection if they cannot all be sent."""
    connection = direct.socket_of(stream) if length >= direct.WORTHWHILE else None
    if connection:
        # An empty piece makes Sanic send the head; the body is sent past it.
        await response.send(b"", end_stream=False)
        stream.response_bytes_left = 0
        is_sent = await send_file(stream, connection, descriptor, start, length, flow)
    else:
        is_sent = await send_pieces(response, descriptor, start, length, flow)
    if not is_sent:
        # Also where the file was truncated meanwhile: cutting the connection is the only way to say so.
        stream.protocol.abort()
    elif connection:
        await response.send(b"", end_stream=True)


async def send_file(
    stream: Stream, connection: socket.socket, descriptor: int, start: int, length: int, flow: Flow
) -> bool:
    """Send ``length`` bytes of an open file from ``start``. Return false if the client stalls or has disconnected.

    Closes ``connection``, and returns or is cancelled only once no worker uses it or the file.
    """
    connection.setblocking(False)
    try:
        if not await _head_is_sent(stream):
            return False
        while length:
            sent = await _workers.run(_send, connection, descriptor, start, length)
            if sent < 0 or (sent == 0 and not await _writable(connection)):
                return False
            stream.protocol.touch()
            flow.add("direct", sent)
            start, length = start + sent, length - sent
        return True
    finally:
        connection.close()


async def _head_is_sent(stream: Stream) -> bool:
    """Wait until the client has read what was sent before. Return false if it does not."""
    transport, pause = stream.protocol.transport, 0.001
    with suppress(TimeoutError):
        async with asyncio.timeout(STALL):
            while transport.get_write_buffer_size():
                await asyncio.sleep(pause)
                pause = min(2 * pause, 0.25)
            return True
    return False


def _send(connection: socket.socket, descriptor: int, start: int, length: int) -> int:
    """In a worker, send what the socket takes. Return -1 if the client has disconnected or the file is shorter."""
    done, end = 0, min(length, MOST)
    while done < end and not _workers.is_turn_over(done):
        try:
            count = os.sendfile(connection.fileno(), descriptor, start + done, end - done)
        except BlockingIOError:
            if _workers.linger(connection, select.POLLOUT):
                continue
            break
        except OSError:
            return -1
        if not count:
            return -1
        done += count
    return done


async def _writable(connection: socket.socket) -> bool:
    """Wait until the socket is writable. Return false if it does not become so."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(connection, wake, ready)
    try:
        async with asyncio.timeout(STALL):
            await ready
    except TimeoutError:
        return False
    finally:
        loop.remove_writer(connection)
    return True


async def send_pieces(response: BaseHTTPResponse, descriptor: int, start: int, length: int, flow: Flow) -> bool:
    """Send ``length`` bytes of an open file from ``start``. Return false if the client stalls or bytes are missing."""
    _in_pieces.add(flow)
    try:
        while length:
            data = await asyncio.to_thread(os.pread, descriptor, min(length, _piece_size()), start)
            if not data:
                return False
            start, length = start + len(data), length - len(data)
            async with asyncio.timeout(STALL):
                await response.send(data, end_stream=not length)
            flow.add("plain", len(data))
    except TimeoutError:
        return False
    finally:
        _in_pieces.discard(flow)
    return True


def _piece_size() -> int:
    return max(SMALLEST, min(LARGEST, ALL_PIECES // len(_in_pieces)))
