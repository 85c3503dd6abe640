"""Clocks of transport and program streams, which run on their own and are replaced by others at a splice.

Such a stream hardly tells a pause of all its tracks from another recording that was pasted on: neither is marked by a
discontinuity_indicator, and the continuity counters break after lost packets as they do at a paste; only a muxer that
paused keeps them. So a leap that all tracks make ahead is taken for a paste, and adds nothing to the presentation time:
ffmpeg 5.1 plays on at once there. A recording that lost the middle 20 of its 40 s counts for 19.2 s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

FREE_RUNNING = ("mpegts", "mpeg")
# A clock was replaced by another when it leaps this far ahead, as in ffmpeg.
AHEAD = 10
# Streams that play together are at most this far apart.
_INTERLEAVED = 3


class Clock(Protocol):
    """The clock of one stream. Seconds throughout."""

    @property
    def shift(self) -> Fraction:
        """Return the seconds from the clock of the stream to that of the whole file."""

    @property
    def reached(self) -> Fraction:
        """Return the second at which everything so far ends."""

    @property
    def started(self) -> bool:
        """Return whether a packet had a time."""


def enter(base: Fraction, start: int, others: Sequence[Clock]) -> int:
    """Return the shift of a stream with its first packet at ``start``: 0 unless the others run on another clock."""
    reached = _reached(others)
    if reached is None or _side_by_side(start * base - reached):
        return 0
    common = _common_shift(base, start, reached, None, others)
    return common or math.ceil(reached / base) - start


def resume(clock: Clock, base: Fraction, start: int, others: Sequence[Clock]) -> int:
    """Return the shift of ``clock`` after a leap to ``start``: that of the others, else one that goes on from the end.

    The end is its own, or that of the others if they are ahead of it.
    """
    others = [other for other in others if other is not clock]
    reached, end = _reached(others), clock.reached
    if reached is None:
        return round(end / base) - start
    common = _common_shift(base, start, reached, clock.shift, others)
    if common is not None:
        return common
    is_behind = reached - end > _INTERLEAVED
    return (math.ceil(reached / base) if is_behind else round(end / base)) - start


def _common_shift(
    base: Fraction, start: int, reached: Fraction, outdated: Fraction | None, others: Sequence[Clock]
) -> int | None:
    """Return the shift of another stream that went over to the new clock earlier, if there is one."""
    shifts = (other.shift for other in others if other.started)
    fitting = (shift for shift in shifts if shift != outdated and _side_by_side(start * base + shift - reached))
    return next((round(shift / base) for shift in fitting), None)


def _reached(others: Sequence[Clock]) -> Fraction | None:
    return max((other.reached for other in others if other.started), default=None)


def _side_by_side(distance: Fraction) -> bool:
    return -_INTERLEAVED <= distance <= AHEAD
