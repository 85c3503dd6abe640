"""The jobs of one kind that are tried again later, and how fast an account with many of them may go on failing."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

FIRST_RETRY = 60.0  # seconds until a job is tried again after trouble that is not the media's
LAST_RETRY = 900.0  # seconds; each wait is twice the one before, up to this
BURST = 20  # failures of an account in a row, before it has to wait between them
FAILURES_PER_SECOND = 2.0  # from then on


@dataclass(frozen=True, slots=True)
class _Postponed:
    """A job that failed by no fault of its own: how often, and when it is due again (monotonic)."""

    failures: int
    due: float


class Postponed:
    """The jobs of one kind that failed."""

    def __init__(self) -> None:
        self._jobs: dict[str, _Postponed] = {}

    def add(self, job_id: str) -> float:
        """Have a job tried again later, and later each time; return the seconds until then."""
        known = self._jobs.get(job_id)
        failures = known.failures + 1 if known else 1
        pause = min(LAST_RETRY, FIRST_RETRY * 2.0 ** min(failures - 1, 10))
        self._jobs[job_id] = _Postponed(failures, time.monotonic() + pause)
        return pause

    def forget(self, job_id: str) -> None:
        """Forget the failures of a job that ended."""
        self._jobs.pop(job_id, None)

    def all(self) -> Collection[str]:
        """Return the jobs that failed before, due or not."""
        return self._jobs.keys()

    def not_due(self) -> list[str]:
        """Return the jobs that must not be tried yet."""
        now = time.monotonic()
        # What was due that long ago was deleted meanwhile: it would have failed again, or succeeded.
        self._jobs = {key: each for key, each in self._jobs.items() if each.due > now - LAST_RETRY}
        return [job_id for job_id, each in self._jobs.items() if each.due > now]


class FailureRate:
    """The failures of one account: after a few in a row there is a wait between them.

    Very many rows that cannot succeed, as all their files are gone, then cost next to nothing. Those of them that
    can succeed need not wait for the others: after each failure the other end of the queue has its turn.
    """

    def __init__(self) -> None:
        self._left = float(BURST)
        self._at = time.monotonic()
        self._failures = 0

    @property
    def takes_newest(self) -> bool:
        """True when the newest row comes next rather than the oldest."""
        return self._failures > BURST and self._failures % 2 == 1

    def allows(self) -> bool:
        """Return whether another failure may come now."""
        now = time.monotonic()
        self._left = min(float(BURST), self._left + (now - self._at) * FAILURES_PER_SECOND)
        self._at = now
        return self._left >= 1

    def add(self) -> None:
        """Count a failure."""
        self._left -= 1
        self._failures += 1

    def is_over(self) -> bool:
        """Return whether all failures are so long ago that they no longer count."""
        return self.allows() and self._left >= BURST
