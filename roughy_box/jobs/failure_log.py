"""Logs the failures of jobs: the first of a sort at once, the following ones counted in a line a minute."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from roughy_box.jobs.kind import Job

log = logging.getLogger(__name__)

EVERY = 60.0  # seconds


@dataclass(slots=True)
class _Counted:
    since: float
    count: int = 0
    last: str = ""


class FailureLog:
    """Failures by kind and type of error; those that are not of an ``expected`` type have a traceback."""

    def __init__(self, expected: tuple[type[Exception], ...]) -> None:
        self._expected = expected
        self._sorts: dict[tuple[str, str], _Counted] = {}

    def add(self, kind: str, job: Job, pause: float, error: Exception) -> None:
        """Log or count the failure of a job that is tried again in ``pause`` seconds."""
        sort = (kind, type(error).__name__)
        if counted := self._sorts.get(sort):
            counted.count += 1
            counted.last = f"{job.subject} {job.asset_id}: {error}"
            return
        self._sorts[sort] = _Counted(time.monotonic())
        is_expected = isinstance(error, self._expected)
        log.log(
            logging.WARNING if is_expected else logging.ERROR,
            "%s of %s %s failed and is tried again in %.0f s: %s",
            *(kind, job.subject, job.asset_id, pause, error),
            exc_info=not is_expected,
        )

    def flush(self) -> None:
        """Log what was counted for a minute."""
        now = time.monotonic()
        for (kind, error), counted in [*self._sorts.items()]:
            if now - counted.since < EVERY:
                continue
            del self._sorts[kind, error]
            if counted.count:
                self._sorts[kind, error] = _Counted(now)
                log.warning(
                    "%s failed %d more times within %.0f s and is tried again (%s); the last: %s",
                    *(kind, counted.count, now - counted.since, error, counted.last),
                )
