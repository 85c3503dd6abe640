"""Timeouts of children, in which the time a child waited for a processor is not counted: it yields to others."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

_NANOSECONDS = 1_000_000_000
_LOOK_EVERY = 0.05


@asynccontextmanager
async def watchdog(pid: int, seconds: float, silence: float = math.inf) -> AsyncIterator[Callable[[int], None]]:
    """Limit the block to ``seconds`` in which the process could have run, and to ``silence`` without progress.

    Yields the function that notes the work done so far; only more than before counts as progress. Linux says how
    long a process that wanted to run had to wait for others (sched-stats, ``/proc/PID/schedstat``); elsewhere every
    second counts. Errors: ``TimeoutError``.
    """
    loop = asyncio.get_running_loop()
    reached = -1

    def could_have_run() -> float:
        return loop.time() - _kept_waiting(pid)

    started = progressed = could_have_run()
    next_look: asyncio.TimerHandle | None = None
    async with asyncio.timeout(None) as limit:

        def feed(work: int) -> None:
            nonlocal reached, progressed
            if work > reached:
                reached, progressed = work, could_have_run()

        def look() -> None:
            nonlocal next_look
            left = min(started + seconds, progressed + silence) - could_have_run()
            if left <= 0:
                limit.reschedule(loop.time())
            else:
                next_look = loop.call_later(max(left, _LOOK_EVERY), look)

        look()
        try:
            yield feed
        finally:
            if next_look:
                next_look.cancel()


@asynccontextmanager
async def fair_timeout(pid: int, seconds: float) -> AsyncIterator[None]:
    """Limit the block to ``seconds`` in which the process could have run. Errors: ``TimeoutError``."""
    async with watchdog(pid, seconds):
        yield


def _kept_waiting(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/schedstat", "rb", buffering=0) as file:
            return int(file.read().split()[1]) / _NANOSECONDS
    except (OSError, ValueError, IndexError):
        return 0.0
