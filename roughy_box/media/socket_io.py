"""Bytes over a socket to another process, on the event loop.

A socket may be closed at once when a wait for it has ended, however it ended. That is not so with the loops' own
ways: asyncio's ``sock_recv`` forgets a descriptor only in a later turn, and uvloop 0.23 closes that of a pipe twice,
the second time under the feet of whoever has opened a file meanwhile.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any


def pair(in_vain: ExitStack) -> tuple[socket.socket, socket.socket]:
    """Our end of a line and theirs; ``in_vain`` closes both, unless it is told otherwise. Errors: ``OSError``."""
    ours, theirs = map(in_vain.enter_context, socket.socketpair())
    ours.setblocking(False)
    return ours, theirs


async def receive(line: socket.socket, size: int) -> bytes:
    """Up to ``size`` bytes, none when the other side has ended. Errors: ``OSError``."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            return line.recv(size)
        except BlockingIOError:
            await _until(loop.add_reader, loop.remove_reader, line)


async def send(line: socket.socket, data: bytes) -> None:
    """Send all of ``data``. Errors: ``OSError``."""
    loop, left = asyncio.get_running_loop(), memoryview(data)
    while left:
        try:
            left = left[line.send(left) :]
        except BlockingIOError:
            await _until(loop.add_writer, loop.remove_writer, line)


async def _until(add: Callable[..., Any], remove: Callable[..., Any], line: socket.socket) -> None:
    ready = asyncio.Event()
    add(line, ready.set)
    try:
        await ready.wait()
    finally:
        remove(line)
