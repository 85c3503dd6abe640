"""What systemd is told: that we are ready, alive, stopping.

The protocol is one datagram for each word to the socket that the environment names (sd_notify(3)).
Where none is named, nobody listens and nothing is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Mapping

from roughy_box.base import frozen

_MICROSECOND = 1e-6


def tell(*words: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send words such as ``READY=1``; a supervisor that cannot be reached is no reason to stop."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        # Never wait: the event loop is what calls.
        channel.setblocking(False)
        # "@" stands for the zero byte of an abstract address.
        channel.sendto("\n".join(words).encode(), "\0" + address[1:] if address[0] == "@" else address)


def patience(environ: Mapping[str, str] = os.environ) -> float | None:
    """Seconds without a beat after which we are taken for hung; ``None`` when nobody watches."""
    if environ.get("WATCHDOG_PID", str(frozen.pid())) != str(frozen.pid()):
        return None  # it is a process above us that is watched
    with contextlib.suppress(ValueError):
        seconds = int(environ.get("WATCHDOG_USEC", "")) * _MICROSECOND
        return seconds if seconds > 0 else None
    return None


@contextlib.asynccontextmanager
async def told_alive() -> AsyncIterator[None]:
    """Beat from the event loop meanwhile, so that a loop that hangs goes silent and is restarted."""
    seconds = patience()
    beats = None if seconds is None else asyncio.create_task(_beat(seconds / 2))
    try:
        yield
    finally:
        if beats:
            beats.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beats


async def _beat(interval: float) -> None:
    while True:
        tell("WATCHDOG=1")
        await asyncio.sleep(interval)
