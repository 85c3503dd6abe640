"""Edges of islands moved to where the sound really begins and ends, on the levels of 5 ms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roughy_box.cutting.listening import LEVEL_STEP
from roughy_box.cutting.sound.levels import Levels

FARTHEST = 0.35  # seconds that an edge moves
BELOW_SPEECH = 28.0  # dB below the speech of the island
ABOVE_NOISE = 5.0  # dB above the noise floor around it
_AROUND = 15.0  # seconds on either side in which the floor is measured: rooms change within an hour
_REACH = round(FARTHEST / LEVEL_STEP)

Span = tuple[float, float]


def refined(spans: Sequence[Span], levels: Levels) -> list[Span]:
    """Return spans with their edges moved; what touches then is one span."""
    found: list[Span] = []
    for span in spans:
        start, end = _moved(span, levels)
        if found and start <= found[-1][1]:
            start = found.pop()[0]
        if end > start:
            found.append((start, end))
    return found


def _moved(span: Span, levels: Levels) -> Span:
    first, last = (min(round(second / LEVEL_STEP), len(levels)) for second in span)
    if first >= last:
        return span
    around = round(_AROUND / LEVEL_STEP)
    floor = float(np.percentile(levels[max(0, first - around) : last + around], 8))
    speech = float(np.percentile(levels[first:last], 80))
    least = max(speech - BELOW_SPEECH, floor + ABOVE_NOISE)
    if least > speech:  # hardly above the noise: levels say nothing here
        return span
    return _first_edge(levels, first, last, least) * LEVEL_STEP, _last_edge(levels, first, last, least) * LEVEL_STEP


def _first_edge(levels: Levels, first: int, last: int, least: float) -> int:
    """Return the step where the sound begins: back while it is loud, forward while it is not."""
    before = levels[max(0, first - _REACH) : first][::-1] >= least
    if len(before) and before[0]:
        return first - (int(np.argmin(before)) if not before.all() else len(before))
    inside = levels[first : min(first + _REACH, last)] >= least
    return first + (int(np.argmax(inside)) if inside.any() else 0)


def _last_edge(levels: Levels, first: int, last: int, least: float) -> int:
    """Return the step where the sound ends, the mirror of :func:`_first_edge`."""
    mirrored = levels[::-1]
    return len(levels) - _first_edge(mirrored, len(levels) - last, len(levels) - first, least)
