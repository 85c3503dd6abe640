"""Measure how late the event loop runs: whatever blocks it delays every answer by that much.

A timer is set again each time it fires, and how late it fired is counted. A block appears shorter than it was by at
most the interval: by the part of it before the timer was due.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Gauge, Histogram

from roughy_box.base.metrics import NAMESPACE

INTERVAL = 0.2  # seconds; an idle machine should rarely be woken


BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Lag:
    """The lag of the event loop in seconds: all of it, and the longest since that was last read."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "event_loop_lag_seconds",
            "How late the event loop runs, measured 5 times a second.",
            namespace=NAMESPACE,
            registry=registry,
            buckets=BOUNDS,
        )
        self._longest = 0.0
        Gauge(
            "event_loop_lag_max_seconds",
            "Longest lag since this was last read.",
            namespace=NAMESPACE,
            registry=registry,
        ).set_function(self.take_longest)

    def observe(self, seconds: float) -> None:
        """Count one lag."""
        self._seconds.observe(seconds)
        self._longest = max(self._longest, seconds)

    def take_longest(self) -> float:
        """Return the longest lag since the last call, in seconds."""
        longest, self._longest = self._longest, 0.0
        return longest


@contextmanager
def measured(lag: Lag, interval: float = INTERVAL) -> Iterator[None]:
    """Measure the running loop while the block runs."""
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
