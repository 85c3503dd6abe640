"""The plan of segments that an editor chose, with the words and reasons of the plan it corrects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from roughy_box.cutting.grid import Grid
from roughy_box.cutting.wording import marked, with_texts
from roughy_box.domain.cut import Dropped, Plan, Segment

_MOST = 10_000  # segments
_ROUNDED = 1e-6  # seconds that a decimal of six places may be off


class BadSegment(ValueError):
    """A segment that no plan can have; ``index`` and ``member`` say where it stands in the request."""

    def __init__(self, index: int, member: Literal["start", "end"], problem: str) -> None:
        """Keep the place of the segment."""
        super().__init__(problem)
        self.index, self.member = index, member


def plan_by_hand(spans: Sequence[tuple[float, float]], grid: Grid, duration: float, base: Plan | None) -> Plan:
    """Return the plan that keeps ``spans``, seconds of a source that plays for ``duration`` seconds.

    Points snap to the nearest frame, touching segments are joined. ``base`` is a plan of the same source.
    Errors: :class:`BadSegment`; ``ValueError`` for none or too many.
    """
    if not 1 <= len(spans) <= _MOST:
        raise ValueError(f"a cut by hand has 1 to {_MOST} segments, not {len(spans)}")
    segments = _snapped(spans, grid, max(duration, grid.duration))
    base = base if base and (base.rate, base.length) == (grid.rate, grid.length) else None
    words = marked(base.words if base else (), segments, grid)
    suggestions = base.suggestions if base else ()
    return Plan(
        rate=grid.rate,
        length=grid.length,
        segments=with_texts(segments, [word for word in words if word.kept], grid),
        dropped=with_texts(_dropped(segments, grid.length, base), words, grid),
        suggestions=tuple(
            suggestion
            for suggestion in suggestions
            if any(segment.start <= suggestion.start and suggestion.end <= segment.end for segment in segments)
        ),
        words=words,
        warnings=base.warnings if base else (),
    )


def _snapped(spans: Sequence[tuple[float, float]], grid: Grid, duration: float) -> list[Segment]:
    segments: list[Segment] = []
    before = 0.0
    for index, (start, end) in enumerate(spans):
        if start < before - _ROUNDED:
            raise BadSegment(index, "start", "is before the beginning or before the end of the last segment")
        if end > duration + _ROUNDED:
            raise BadSegment(index, "end", f"is after the end of the asset ({duration:.6f})")
        first, last = grid.frame(start), grid.frame(end)
        if last <= first:
            raise BadSegment(index, "end", f"is less than a frame after its start ({start:.6f})")
        if segments and first <= segments[-1].end:
            first = segments.pop().start
        segments.append(Segment(first, last))
        before = end
    return segments


def _dropped(segments: Sequence[Segment], length: int, base: Plan | None) -> list[Dropped]:
    """Return the spans between segments, with the reasons of ``base`` where it had dropped them."""
    old = base.dropped if base else ()
    ends = [span.end for span in old]
    found: list[Dropped] = []
    reached = 0
    for segment in (*segments, Segment(length, length)):
        position = bisect_right(ends, reached)
        while position < len(old) and old[position].start < segment.start:
            span = old[position]
            start, end = max(span.start, reached), min(span.end, segment.start)
            found += [Dropped(reached, start, "by_hand"), replace(span, start=start, end=end)]
            reached = end
            position += 1
        found.append(Dropped(reached, segment.start, "by_hand"))
        reached = segment.end
    return [span for span in found if span.end > span.start]
