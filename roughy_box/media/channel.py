"""The server's end of the line to a child: frames over a socket, on the event loop.

A socket may be closed at once when a wait for it has ended, however it ended. That is not so with the loops' own
ways: asyncio's ``sock_recv`` forgets a descriptor only in a later turn, and uvloop 0.23 closes that of a pipe twice,
the second time when it may belong to someone who has opened a file meanwhile.
"""

from __future__ import annotations

import array
import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from roughy_box.media.protocol import HEADER, LONGEST, RESULT, Frame, ProtocolError

_PIECE = 64 * 1024


class Channel:
    """Sends and receives frames; what it receives is checked before it is read."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._received = bytearray()

    async def send(self, frame: Frame, descriptors: Sequence[int] = ()) -> None:
        """Send a frame, the descriptors with its first byte. Errors: ``OSError``."""
        if self._line.fileno() < 0:
            raise ConnectionResetError("the line is closed")
        left = memoryview(frame.pack())
        while left:
            passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
            try:
                left = left[self._line.sendmsg([left], passed) :]
            except BlockingIOError:
                loop = asyncio.get_running_loop()
                await until_ready(loop.add_writer, loop.remove_writer, self._line)
            else:
                descriptors = ()

    async def receive(self, longest_result: int = 0) -> Frame | None:
        """Return the next frame, None when the other side has ended.

        ``longest_result``: bytes that a result may have. Errors: :class:`ProtocolError`.
        """
        if not await self._fill(HEADER.size):
            return None
        kind, job, length = HEADER.unpack_from(self._received)
        longest = longest_result if kind == RESULT else LONGEST.get(kind, -1)
        if length > longest:
            raise ProtocolError(f"a frame of type {kind!r} and {length} bytes")
        if not await self._fill(HEADER.size + length):
            return None
        payload = bytes(self._received[HEADER.size : HEADER.size + length])
        del self._received[: HEADER.size + length]
        return Frame(kind, job, payload)

    def close(self) -> None:
        """Close the line, which ends a child that waits for a job."""
        self._line.close()

    async def _fill(self, size: int) -> bool:
        """Receive until ``size`` bytes are there; return False when the other side has ended before."""
        loop = asyncio.get_running_loop()
        while len(self._received) < size:
            try:
                data = self._line.recv(_PIECE)
            except BlockingIOError:
                await until_ready(loop.add_reader, loop.remove_reader, self._line)
                continue
            except ConnectionError:  # it ended before it had read all we sent
                data = b""
            if not data:
                return False
            self._received += data
        return True


def pair(in_vain: ExitStack) -> tuple[socket.socket, socket.socket]:
    """Return our end of a line and theirs; ``in_vain`` closes both unless it is emptied. Errors: ``OSError``."""
    ours, theirs = map(in_vain.enter_context, socket.socketpair())
    ours.setblocking(False)
    return ours, theirs


async def until_ready(add: Callable[..., Any], remove: Callable[..., Any], file: socket.socket | int) -> None:
    """Wait until a file can be read or written; ``add`` and ``remove`` are those methods of the loop."""
    ready = asyncio.Event()
    add(file, ready.set)
    try:
        await ready.wait()
    finally:
        remove(file)
