"""The frame grid of a source: its standard rate, its length, seconds to frames and back."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from roughy_box.domain.cut import AUDIO_GRID

_STANDARD = tuple(
    Fraction(rate)
    for rate in (
        *("24000/1001", "24", "25", "30000/1001", "30", "48000/1001", "48", "50"),
        *("60000/1001", "60", "72", "90", "96", "100", "120000/1001", "120", "240000/1001", "240"),
    )
)
# 23.98 is 24000/1001 and 2999/100 is 30, but 24 is not 24000/1001, a thousandth away.
_NEAR = Fraction(6, 10_000)


def standard_rate(rate: Fraction) -> Fraction:
    """Return the standard frame rate that a measured one stands for; an unusual one stays as it is."""
    nearest = min(_STANDARD, key=lambda standard: (abs(standard - rate), standard))
    return nearest if abs(nearest - rate) <= nearest * _NEAR else rate.limit_denominator(1001)


@dataclass(frozen=True, slots=True)
class Grid:
    """``length`` frames at ``rate`` frames a second; frame 0 begins at second 0."""

    rate: Fraction
    length: int

    def __post_init__(self) -> None:
        """Refuse a grid without a frame. Errors: ``ValueError``."""
        if self.length < 1 or self.rate <= 0:
            raise ValueError(f"a source has at least one frame, at a rate above 0; not {self.length} at {self.rate}")

    @classmethod
    def of_sound(cls, seconds: float) -> Grid:
        """Return the grid of an audio asset."""
        return cls(AUDIO_GRID, max(1, floor(seconds * AUDIO_GRID + Fraction(1, 2))))

    @property
    def duration(self) -> float:
        """Return the seconds of all frames."""
        return float(self.length / self.rate)

    def frame(self, seconds: float) -> int:
        """Return the border of frames nearest to a time, inside the source."""
        return min(max(floor(seconds * float(self.rate) + 0.5), 0), self.length)

    def seconds(self, frame: int) -> float:
        """Return when a frame begins."""
        return float(frame / self.rate)

    def frames(self, seconds: float) -> int:
        """Return the least number of frames that last so long."""
        return -floor(-seconds * float(self.rate))
