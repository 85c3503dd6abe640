"""The figures of a plan against the truth, in seconds of speech; pauses count for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.cuts.cases import Case
from bench.cuts.recording import Span

EDGE = 0.06  # seconds that a kept line may lose at an edge
SHORT = 0.15  # seconds of a segment
_LOST = 0.5  # of a line


@dataclass
class Figures:
    """Sums over cases; the shares are their properties."""

    seconds: float = 0.0
    wanted: float = 0.0
    wanted_kept: float = 0.0
    unwanted: float = 0.0
    unwanted_kept: float = 0.0
    lines: int = 0
    lost: int = 0
    clipped: int = 0  # lines that lose more than EDGE
    short: int = 0  # segments
    heard_cpu: float = 0.0
    plan_cpu: float = 0.0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))

    @property
    def precision(self) -> float:
        """Return the share of kept speech that is wanted."""
        return self.wanted_kept / (self.wanted_kept + self.unwanted_kept) if self.wanted_kept else 0.0

    @property
    def recall(self) -> float:
        """Return the share of wanted speech that is kept."""
        return self.wanted_kept / self.wanted if self.wanted else 1.0

    @property
    def removed(self) -> float:
        """Return the share of unwanted speech that is gone."""
        return 1 - self.unwanted_kept / self.unwanted if self.unwanted else 1.0

    @property
    def cpu(self) -> float:
        """Return the CPU seconds for a second of recording."""
        return (self.heard_cpu + self.plan_cpu) / self.seconds if self.seconds else 0.0


def total(figures: Iterable[Figures]) -> Figures:
    """Return the sum."""
    return sum(figures, Figures())


def measure(case: Case, spans: Sequence[Span], kept: Sequence[Span]) -> Figures:
    """Return the figures of the segments ``kept``, costs left out."""
    figures = Figures(short=sum(end - start < SHORT for start, end in kept))
    for unit, span in zip(case.units, spans, strict=True):
        duration, covered = span[1] - span[0], covered_seconds(span, kept)
        if unit.is_kept:
            figures.lines += 1
            figures.wanted += duration
            figures.wanted_kept += covered
            figures.lost += is_lost(span, kept)
            figures.clipped += _loss_at_edges(span, kept) > EDGE
        else:
            figures.unwanted += duration
            figures.unwanted_kept += covered
    return figures


def covered_seconds(span: Span, kept: Sequence[Span]) -> float:
    """Return how much of a span is kept."""
    return sum(max(0.0, min(span[1], end) - max(span[0], start)) for start, end in kept)


def is_lost(span: Span, kept: Sequence[Span]) -> bool:
    """Return whether more than half of a span is gone."""
    return covered_seconds(span, kept) < _LOST * (span[1] - span[0])


def _loss_at_edges(span: Span, kept: Sequence[Span]) -> float:
    """Return the larger of what is missing at the begin and at the end of a span."""
    inside = [each for each in kept if each[0] < span[1] and each[1] > span[0]]
    if not inside:
        return span[1] - span[0]
    return max(inside[0][0] - span[0], span[1] - inside[-1][1], 0.0)
