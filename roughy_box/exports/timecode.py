"""Timecode: labels of frames, with and without drop-frame, and the rates that timelines know.

Drop-frame skips labels, never pictures: two of 30 at the start of each minute but every tenth, so that the
labels of 30000/1001 keep up with the clock (SMPTE ST 12-1); twice as many of 60.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

SOUND_RATE = Fraction(30)  # timelines of sound alone
STANDARD_RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48000, 1001),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
    Fraction(100),
    Fraction(120000, 1001),
    Fraction(120),
)
_LABEL = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.,])(\d{2,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Timecode:
    """A place in a day: a number of frames at the timecode's own rate, which may differ from the pictures'.

    For the start of a broadcast wave file, that is a number of samples at the sample rate.
    """

    frame: int
    rate: Fraction
    drop: bool = False

    def __str__(self) -> str:
        return label(self.frame, self.rate, self.drop)

    def at(self, rate: Fraction) -> Timecode:
        """Return the timecode with the same label at another rate; drop-frame stays where that rate has it."""
        count = _labels(self.frame, timebase(self.rate)) if self.drop else self.frame
        count = scaled(count, Fraction(timebase(rate), timebase(self.rate)))
        drop = self.drop and can_drop(rate)
        return Timecode(_frames(count, timebase(rate)) if drop else count, rate, drop)


def timebase(rate: Fraction) -> int:
    """Return how many labels a second has at a rate: 30 for 30000/1001."""
    return max(1, round(rate))


def is_ntsc(rate: Fraction) -> bool:
    """Return True for the rates that lie a thousandth below their timebase."""
    return rate * 1001 == timebase(rate) * 1000


def can_drop(rate: Fraction) -> bool:
    """Return True for the rates that have drop-frame timecode."""
    return is_ntsc(rate) and timebase(rate) % 30 == 0


def timeline_rate(rate: Fraction) -> Fraction:
    """Return the smallest rate that editors know and that has all frames of ``rate``.

    Where none has, it is 30 or 60, and frames go to the nearest one.
    """
    for standard in STANDARD_RATES:
        if (standard / rate).denominator == 1:
            return standard
    return SOUND_RATE if rate <= 30 else 2 * SOUND_RATE


def scaled(count: int, ratio: Fraction) -> int:
    """Return a number of frames at a rate ``ratio`` times as high: the nearest one, the later one of two."""
    return (2 * count * ratio.numerator + ratio.denominator) // (2 * ratio.denominator)


def label(frame: int, rate: Fraction, drop: bool = False) -> str:
    """Return the timecode of a frame, ``hh:mm:ss:ff``, with ``;`` before the frames of drop-frame."""
    base = timebase(rate)
    count = (_labels(frame, base) if drop else frame) % (base * 86400)
    seconds, frames = divmod(count, base)
    minutes, hours = seconds // 60 % 60, seconds // 3600
    width = len(str(max(base - 1, 10)))
    return f"{hours:02}:{minutes:02}:{seconds % 60:02}{';' if drop else ':'}{frames:0{width}}"


def parse(text: str, rate: Fraction) -> Timecode | None:
    """Return the timecode of a label; ``;``, ``.`` or ``,`` before the frames says drop-frame. None for other text."""
    match = _LABEL.fullmatch(text.strip())
    if not match:
        return None
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    base = timebase(rate)
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= base:
        return None
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    drop = match[4] != ":" and can_drop(rate)
    return Timecode(_frames(count, base) if drop else count, rate, drop)


def _labels(frame: int, base: int) -> int:
    """Return the number of labels before a drop-frame label: the frames and the skipped ones."""
    skip = base // 15
    minute = 60 * base - skip
    tens, rest = divmod(frame, 10 * minute + skip)
    return frame + skip * (9 * tens + max(0, (rest - skip) // minute))


def _frames(count: int, base: int) -> int:
    """Return the number of frames before a drop-frame label; a skipped label is the one after the gap."""
    skip = base // 15
    minutes, rest = divmod(count, 60 * base)
    if minutes % 10 and rest < skip:
        count += skip - rest
    return count - skip * (minutes - minutes // 10)
