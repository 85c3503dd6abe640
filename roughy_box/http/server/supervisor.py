"""Notify systemd that the server is ready, alive, stopping.

Each notification is a datagram to the socket that the environment names (sd_notify(3)). Where none is named, nothing
is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Mapping

from roughy_box.base import frozen

_MICROSECOND = 1e-6


def notify(*states: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send states such as ``READY=1``; an unreachable supervisor is ignored."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        # Never block: this runs on the event loop.
        channel.setblocking(False)
        # "@" stands for the zero byte of an abstract address.
        channel.sendto("\n".join(states).encode(), "\0" + address[1:] if address[0] == "@" else address)


def watchdog_timeout(environ: Mapping[str, str] = os.environ) -> float | None:
    """Return the seconds without a keep-alive after which systemd restarts us, ``None`` without a watchdog."""
    if environ.get("WATCHDOG_PID", str(frozen.pid())) != str(frozen.pid()):
        return None  # meant for a parent process
    with contextlib.suppress(ValueError):
        seconds = int(environ.get("WATCHDOG_USEC", "")) * _MICROSECOND
        return seconds if seconds > 0 else None
    return None


@contextlib.asynccontextmanager
async def keep_alive() -> AsyncIterator[None]:
    """Send keep-alives from the event loop while the block runs, so that a loop that hangs is restarted."""
    seconds = watchdog_timeout()
    pings = None if seconds is None else asyncio.create_task(_ping(seconds / 2))
    try:
        yield
    finally:
        if pings:
            pings.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pings


async def _ping(interval: float) -> None:
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(interval)
