"""Kept pieces to segments: pads around what was dropped, long pauses shortened, frames at last."""

from __future__ import annotations

from collections.abc import Sequence

from roughy_box.cutting.grid import Grid
from roughy_box.cutting.options import Options
from roughy_box.cutting.pieces import Piece

Span = tuple[float, float]
Frames = tuple[int, int]

_SPECK = 0.12  # seconds: a shorter kept span is dropped
_SHORTEST = 0.15  # seconds that a segment has, where there is room
_LEAST_DROP = 0.04  # seconds that are worth a joint


def segments(pieces: Sequence[Piece], options: Options, grid: Grid) -> list[Frames]:
    """Return the kept frames in order, apart from each other; none if no piece is kept."""
    spans = _kept_spans(pieces, options, grid.duration)
    large = [span for span in spans if span[1] - span[0] >= _SPECK]
    snapped = [(grid.frame(start), grid.frame(end)) for start, end in large or spans]
    joined = _joined(snapped, max(1, round(_LEAST_DROP * float(grid.rate))))
    return _joined(_grown(joined, grid), 1)


def _kept_spans(pieces: Sequence[Piece], options: Options, duration: float) -> list[Span]:
    spans: list[Span] = []
    for number, piece in enumerate(pieces):
        if not piece.kept:
            continue
        before = pieces[number - 1] if number else None
        after = pieces[number + 1] if number + 1 < len(pieces) else None
        start = piece.start - _lead(before, piece, options)
        if before and before.kept and piece.start - before.end <= options.max_pause:
            start = spans.pop()[0]
        spans.append((start, piece.end + _trail(piece, after, options, duration)))
    return spans


def _lead(before: Piece | None, piece: Piece, options: Options) -> float:
    """Return the quiet to keep in front of a piece."""
    if before is None:
        return min(options.pad_before, piece.start)
    pause = piece.start - before.end
    if before.kept:
        return options.max_pause - _share_after(options)
    return min(options.pad_before, pause / 2)


def _trail(piece: Piece, after: Piece | None, options: Options, duration: float) -> float:
    """Return the quiet to keep behind a piece."""
    if after is None:
        return min(options.pad_after, duration - piece.end)
    pause = after.start - piece.end
    if after.kept:
        return min(_share_after(options), pause)
    return min(options.pad_after, pause / 2)


def _share_after(options: Options) -> float:
    """Return the part of a shortened pause that stays behind the speech before it, as the pads are to each other."""
    pads = options.pad_before + options.pad_after
    return options.max_pause * (options.pad_after / pads if pads else 0.5)


def _joined(spans: Sequence[Frames], least: int) -> list[Frames]:
    """Return spans, those less than ``least`` frames apart made one, none without a frame."""
    found: list[Frames] = []
    for start, end in spans:
        if found and start - found[-1][1] < least:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _grown(spans: Sequence[Frames], grid: Grid) -> list[Frames]:
    """Lengthen segments that are too short to see, into the quiet around them."""
    shortest = min(grid.frames(_SHORTEST), grid.length)
    found: list[Frames] = []
    for number, (start, end) in enumerate(spans):
        limit = spans[number + 1][0] if number + 1 < len(spans) else grid.length
        end = max(end, min(start + shortest, limit))
        floor = found[-1][1] if found else 0
        found.append((min(start, max(end - shortest, floor)), end))
    return found
