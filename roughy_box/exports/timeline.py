"""The timeline of an export: which spans of the source it shows, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from roughy_box.domain.cut import Dropped, Plan, Segment
from roughy_box.exports.source import Source
from roughy_box.exports.timecode import scaled, timeline_rate

Show = Literal["kept", "disabled", "only"]  # "disabled" and "only" are the values of ``?dropped=``
Span = Segment | Dropped


@dataclass(frozen=True, slots=True)
class Export:
    """A request: a plan and its source, the name of the sequence, and what becomes of dropped spans."""

    plan: Plan
    source: Source
    name: str
    show: Show = "kept"
    cut_id: str = ""
    engine: str = ""

    def __post_init__(self) -> None:
        """Refuse a plan of another source. Errors: ``ValueError``."""
        if (self.plan.rate, self.plan.length) != (self.source.rate, self.source.length):
            raise ValueError("the plan was made on another grid than the source's")

    @property
    def rate(self) -> Fraction:
        """Return the frame rate of the timeline: one that editors know; 30 for sound alone."""
        return timeline_rate(self.source.rate if self.source.picture else Fraction(30))

    @property
    def spans(self) -> Sequence[Span]:
        """Return the spans that the timeline shows, in order."""
        if self.show == "kept":
            return self.plan.segments
        if self.show == "only":
            return self.plan.dropped
        return sorted((*self.plan.segments, *self.plan.dropped), key=lambda span: span.start)

    @property
    def drop_frame(self) -> bool:
        """Return True where the source's own timecode is drop-frame and the timeline can follow."""
        start = self.source.timecode
        return start is not None and start.at(self.rate).drop


@dataclass(frozen=True, slots=True)
class Clip:
    """A span on the timeline: frames of the source, and the frame of the timeline where it begins.

    Frames of the source count from its first picture, as editors and melt do (measured with melt).
    """

    start: int
    end: int
    at: int
    enabled: bool
    span: Span

    @property
    def length(self) -> int:
        """Return the number of frames."""
        return self.end - self.start

    @property
    def until(self) -> int:
        """Return the frame of the timeline after the last one."""
        return self.at + self.length

    @property
    def reason(self) -> str:
        """Return the reason of a dropped span; empty for a kept one."""
        return self.span.reason if isinstance(self.span, Dropped) else ""


def clips(export: Export, rate: Fraction) -> list[Clip]:
    """Return the clips on a timeline of ``rate``, one after the other.

    Where the rate is not a multiple of the plan's, an edit goes to the nearest frames and keeps at least one.
    """
    source, at, found = export.source, 0, []
    ratio, last = rate / source.rate, source.frames(rate) - 1
    for span in export.spans:
        start = min(scaled(span.start, ratio), last)
        end = max(scaled(span.end, ratio), start + 1)
        enabled = export.show != "disabled" or isinstance(span, Segment)
        found.append(Clip(start, end, at, enabled, span))
        at += end - start
    return found
