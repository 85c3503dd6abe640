"""How long a child may take. It lets everybody go first, so the time in which it got no processor is not its fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_NANOSECONDS = 1_000_000_000
_LOOK_EVERY = 0.05


@asynccontextmanager
async def fair_timeout(pid: int, seconds: float) -> AsyncIterator[None]:
    """:func:`asyncio.timeout` of ``seconds`` in which the process could have run.

    Linux tells how long a process that wanted to run had to wait for others (sched-stats, ``/proc/PID/schedstat``);
    elsewhere every second counts.
    """
    loop = asyncio.get_running_loop()
    free_from = loop.time() - _kept_waiting(pid)
    next_look: asyncio.TimerHandle | None = None
    async with asyncio.timeout(None) as limit:

        def look() -> None:
            nonlocal next_look
            end = free_from + _kept_waiting(pid) + seconds
            if end <= loop.time():
                limit.reschedule(end)
            else:
                next_look = loop.call_at(max(end, loop.time() + _LOOK_EVERY), look)

        look()
        try:
            yield
        finally:
            if next_look:
                next_look.cancel()


def _kept_waiting(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / _NANOSECONDS
    except (OSError, ValueError, IndexError):
        return 0.0
