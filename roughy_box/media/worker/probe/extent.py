"""The time that a stream covers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

# A leap of a clock is a real pause, up to this one. A longer one needs a second witness: see ``claimed``.
LONGEST_PAUSE = 600


@dataclass(frozen=True, slots=True)
class Extent:
    """Seconds: the start of the first packet, the start of the last one, and the end of the last one.

    ``claimed`` is the end if every leap and every duration of a packet is believed; it is ``end`` where
    nothing speaks for more. ``went_back``: the clock ran backwards somewhere, so its leaps prove nothing.
    """

    first: Fraction
    last: Fraction
    end: Fraction
    claimed: Fraction = Fraction(0)
    went_back: bool = False
