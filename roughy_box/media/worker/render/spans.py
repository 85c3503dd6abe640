"""The kept spans of a source, as frames of its grid and as samples of its sound. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples that are heard in one go: ``length`` of the source from ``start`` on."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """Return the first sample that is not heard any more."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Missing:
    """What is kept beyond the end of a source: the place of that end, and the seconds."""

    place: Fraction
    seconds: Fraction


class Spans:
    """Half-open spans of the grid of ``rate`` frames a second, in order; those that touch are one."""

    def __init__(self, rate: Fraction, segments: Iterable[tuple[int, int]]) -> None:
        self.rate = rate
        self.segments = _joined(segments)
        self.kept = sum(end - start for start, end in self.segments)
        ends = (0, *(end for _, end in self.segments))
        self.longest_gap = max(start - end for end, (start, _) in zip(ends, self.segments, strict=False))

    def pictures(self, rate: Fraction) -> int:
        """Return the number of pictures of an output of ``rate`` pictures a second."""
        return max(1, floor(self.kept * rate / self.rate + Fraction(1, 2)))

    def frames(self, rate: Fraction) -> Iterator[int]:
        """Yield the frame of the grid that each picture of such an output shows."""
        step = self.rate / rate
        segments = iter(self.segments)
        (start, end), before = next(segments), 0
        for number in range(self.pictures(rate)):
            place = min(number * step.numerator // step.denominator, self.kept - 1)
            while place - before >= end - start:
                before += end - start
                start, end = next(segments)
            yield start + place - before

    def missing(self, end: Fraction) -> Missing | None:
        """Return what is kept beyond the ``end`` of a source, None where nothing is."""
        seconds = sum(max(Fraction(0), stop / self.rate - max(start / self.rate, end)) for start, stop in self.segments)
        return Missing(end, Fraction(seconds)) if seconds else None

    def pieces(self, sample_rate: int) -> list[Piece]:
        """Return the samples of the spans; each begins where its first picture is shown, in the source and after."""
        pieces, kept = [], 0
        for start, end in self.segments:
            begin = _samples(kept, self.rate, sample_rate)
            kept += end - start
            pieces.append(
                Piece(_samples(start, self.rate, sample_rate), _samples(kept, self.rate, sample_rate) - begin)
            )
        return pieces


def _samples(frames: int, rate: Fraction, sample_rate: int) -> int:
    return floor(frames / rate * sample_rate + Fraction(1, 2))


def _joined(segments: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in segments:
        if joined and joined[-1][1] == start:
            start = joined.pop()[0]
        joined.append((start, end))
    return tuple(joined)
