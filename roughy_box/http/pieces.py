"""The plain way of a download: read a piece in a thread, send it through the framework, read the next.

For TLS, for what is short, and wherever there is no socket to lend.
"""

from __future__ import annotations

import asyncio
import os

from sanic.response import BaseHTTPResponse

from roughy_box.http.sendfile import STALL
from roughy_box.http.traffic import Flow

# Bytes. A client that does not read holds a piece of our memory, several times; all together they hold so much.
ALL_PIECES = 64 * 1024**2
# In smaller ones the ways to the thread and back cost more than the bytes; larger ones come no faster.
LARGEST = 512 * 1024
SMALLEST = 64 * 1024

_running: set[Flow] = set()


async def send_pieces(response: BaseHTTPResponse, descriptor: int, start: int, length: int, flow: Flow) -> bool:
    """Send ``length`` bytes of an open file from ``start``; false if the client stalls or the file is shorter."""
    _running.add(flow)
    try:
        while length:
            data = await asyncio.to_thread(os.pread, descriptor, min(length, _piece()), start)
            if not data:
                return False
            start, length = start + len(data), length - len(data)
            async with asyncio.timeout(STALL):
                await response.send(data, end_stream=not length)
            flow.add("plain", len(data))
    except TimeoutError:
        return False
    finally:
        _running.discard(flow)
    return True


def _piece() -> int:
    return max(SMALLEST, min(LARGEST, ALL_PIECES // len(_running)))
