"""Measure how late the event loop runs: whatever blocks it delays every answer by that much.

A timer is set again each time it fires, and how late it fired is counted. A block appears shorter than it was by at
most the interval: by the part of it before the timer was due.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from roughy_box.base.metrics import Lag

INTERVAL = 0.2  # seconds; an idle machine should rarely be woken


@contextmanager
def measured(lag: Lag, interval: float = INTERVAL) -> Iterator[None]:
    """Measure the running loop into ``lag`` as long as the block lasts."""
    loop = asyncio.get_running_loop()
    # Not the loop's own clock: uvloop's stands still while a callback runs.
    now = time.monotonic
    timer: asyncio.TimerHandle
    due: float

    def wait() -> None:
        nonlocal timer, due
        due = now() + interval
        timer = loop.call_later(interval, fire)

    def fire() -> None:
        lag.observe(max(0.0, now() - due))
        wait()

    wait()
    try:
        yield
    finally:
        timer.cancel()
