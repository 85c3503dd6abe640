"""Computing time for long media: it follows the playing time as that becomes known."""

from __future__ import annotations

import resource
from fractions import Fraction
from functools import cache

# Of computing, for each second of each track: many times what a scan takes, and what decoding all of it takes.
_SHARE = Fraction(1, 500)
# A forged clock gets no more than this many times the first limit.
_MOST = 4


def allow(seconds: Fraction) -> None:
    """Raise the limit of computing time of this process for tracks that play ``seconds`` together.

    The server set the first limit by the size of the file; its limit of waiting time stays.
    """
    soft, hard = _first_limit()
    if soft != resource.RLIM_INFINITY:
        limit = min(soft + int(seconds * _SHARE), soft * _MOST)
        resource.setrlimit(resource.RLIMIT_CPU, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


@cache
def _first_limit() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_CPU)
