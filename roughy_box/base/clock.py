"""The clock, and how its instants are written.

Instants are microseconds since the epoch, UTC.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache

SECOND = 1_000_000


def now() -> int:
    """Return the present instant."""
    return time.time_ns() // 1000


def iso(instant: int) -> str:
    """Return an instant as ``2026-05-02T08:54:52.423000Z``: six fraction digits, always UTC."""
    seconds, micros = divmod(instant, SECOND)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def http_date(instant: int) -> str:
    """Return an instant as an IMF-fixdate (RFC 9110, section 5.6.7), the format of ``Upload-Expires``."""
    return _written(instant // SECOND)


@lru_cache(64)
def _written(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
