"""The spans between segments, span by span with its reason: dropped pieces, and the pauses around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roughy_box.cutting.grid import Grid
from roughy_box.cutting.pieces import Piece
from roughy_box.cutting.verdicts import Verdict
from roughy_box.domain.cut import Dropped

Frames = tuple[int, int]

_PAUSE = Verdict("pause")
_SPECK = Verdict("noise")  # kept, but too short to stand alone


@dataclass(slots=True)
class _Mark:
    start: int
    end: int
    verdict: Verdict


def leftovers(kept: Sequence[Frames], pieces: Sequence[Piece], grid: Grid, max_pause: float) -> list[Dropped]:
    """Return dropped spans that fill every gap between segments; a pause over ``max_pause`` stands alone."""
    longest = grid.frames(max_pause)
    found: list[Dropped] = []
    marks = [_mark(piece, grid) for piece in pieces]
    position = 0
    for start, end in _gaps(kept, grid.length):
        inside: list[_Mark] = []
        while position < len(marks) and marks[position].start + marks[position].end < 2 * end:
            if marks[position].start + marks[position].end >= 2 * start:
                inside.append(marks[position])
            position += 1
        for mark in _filled(start, end, inside, longest):
            reason = mark.verdict.reason or "noise"
            found.append(Dropped(mark.start, mark.end, reason, kept_instead=mark.verdict.instead))
    return found


def _gaps(kept: Sequence[Frames], length: int) -> Iterator[Frames]:
    reached = 0
    for start, end in (*kept, (length, length)):
        if start > reached:
            yield reached, start
        reached = end


def _mark(piece: Piece, grid: Grid) -> _Mark:
    return _Mark(grid.frame(piece.start), grid.frame(piece.end), _SPECK if piece.kept else piece.verdict)


def _filled(start: int, end: int, marks: Sequence[_Mark], longest: int) -> list[_Mark]:
    """Return marks that fill a gap: short pauses go to the speech around them."""
    found: list[_Mark] = []
    reached = start
    for mark in marks:
        first, last = max(mark.start, reached), min(max(mark.end, reached), end)
        if found and found[-1].verdict == mark.verdict and first - reached <= longest:
            found[-1].end = last
        else:
            border = _quiet(found, reached, first, longest)
            found.append(_Mark(border, last, mark.verdict))
        reached = last
    if not found or end - reached > longest:
        found.append(_Mark(reached, end, _PAUSE))
    found[-1].end = end
    return [mark for mark in found if mark.end > mark.start]


def _quiet(found: list[_Mark], reached: int, first: int, longest: int) -> int:
    """Give the pause from ``reached`` to ``first`` to a span of its own or to both sides; return where it ends."""
    if first - reached > longest:
        found.append(_Mark(reached, first, _PAUSE))
        return first
    if not found:
        return reached
    found[-1].end = (reached + first) // 2
    return found[-1].end
