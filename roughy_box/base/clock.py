"""The clock, and how its instants are written.

Instants are microseconds since the epoch, UTC.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache

SECOND = 1_000_000
STEP = 1 * SECOND  # a larger move against the monotonic clock is a step; NTP slews by less between two looks


def now() -> int:
    """Return the present instant."""
    return time.time_ns() // 1000


def iso(instant: int) -> str:
    """Return an instant as ``2026-05-02T08:54:52.423000Z``: six fraction digits, always UTC."""
    seconds, micros = divmod(instant, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def iso_or_none(instant: int | None) -> str | None:
    """Return an instant as :func:`iso` does, None for one that has not come."""
    return None if instant is None else iso(instant)


def http_date(instant: int) -> str:
    """Return an instant as an IMF-fixdate (RFC 9110, section 5.6.7), the format of ``Upload-Expires``."""
    return _written(instant // SECOND)


@lru_cache(64)
def _written(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the wall clock, in microseconds, and the instants it had shown from the start until then."""

    by: int
    since: int
    until: int


class SteadyClock:
    """The wall clock, checked against the monotonic one.

    A wall clock can be wrong for a while: a time server that errs, a battery that is empty. Its steps are noticed
    here and never taken for elapsed time.
    """

    def __init__(self) -> None:
        self._began = self._steady_since = _monotonic()
        self._offset = _offset()

    def now(self) -> int:
        """Return the present instant; a step of the wall clock does not show before :meth:`take_step`."""
        return _monotonic() + self._offset

    def take_step(self) -> Step | None:
        """Return how the wall clock has stepped since the last call, None if it has not."""
        since, until, before = self._began + self._offset, self.now(), self._offset
        self._offset = _offset()
        if abs(by := self._offset - before) < STEP:
            return None
        self._steady_since = _monotonic()
        return Step(by, since, until)

    def is_steady_for(self, seconds: float) -> bool:
        """Return whether the wall clock has run for so long without a step, since the start at most."""
        return _monotonic() - self._steady_since >= seconds * SECOND


def _monotonic() -> int:
    return time.monotonic_ns() // 1000


def _offset() -> int:
    return now() - _monotonic()
