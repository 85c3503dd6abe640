"""Counters of a served box, updated where the events happen; ``http`` exposes them to Prometheus.

Plain numbers, changed on the event loop only: counting costs a fraction of a microsecond and takes no lock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

LAG_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
UPLOAD_OUTCOMES = ("completed", "rejected", "cancelled", "deleted", "expired")
PREPARATION_OUTCOMES = (
    *("ready", "pending_payment", "unreadable_media", "corrupt_media", "processing_timeout", "processing_crashed"),
    *("deleted", "postponed"),
)
PREPARATION_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)


class Histogram:
    """Counts of observed seconds up to each bound; the last count is for those beyond."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count an observation."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class Lag(Histogram):
    """The lag of the event loop in seconds, and the longest since it was last read."""

    __slots__ = ("_longest",)

    def __init__(self) -> None:
        super().__init__(LAG_BOUNDS)
        self._longest = 0.0

    def observe(self, seconds: float) -> None:
        """Count an observation."""
        super().observe(seconds)
        if seconds > self._longest:
            self._longest = seconds

    def take_longest(self) -> float:
        """Return the longest lag since the last call."""
        longest, self._longest = self._longest, 0.0
        return longest


@dataclass
class Metrics:
    """All counters since the start of the server; uploads and preparations by outcome."""

    uploads_started: int = 0
    uploads: Counter[str] = field(default_factory=Counter)
    preparations: Counter[str] = field(default_factory=Counter)
    preparation_seconds: dict[str, Histogram] = field(default_factory=dict)
    lag: Lag = field(default_factory=Lag)
    ledger_is_consistent: bool = True
    ledger_checked_at: float | None = None  # seconds since the epoch

    def prepared(self, media_type: str, seconds: float, outcome: str) -> None:
        """Count a finished preparation."""
        self.preparations[outcome] += 1
        times = self.preparation_seconds.setdefault(media_type, Histogram(PREPARATION_BOUNDS))
        times.observe(seconds)
