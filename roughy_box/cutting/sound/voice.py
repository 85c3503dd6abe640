"""Probabilities of voice to islands: on above one threshold, off below a lower one, short gaps closed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.listening import Island
from roughy_box.cutting.sound.edges import refined
from roughy_box.cutting.sound.levels import Levels

ON, OFF = 0.35, 0.20
CLOSE = 0.12  # seconds: a shorter gap is part of speech

Span = tuple[float, float]


def find_islands(probabilities: Sequence[float], step: float, levels: Levels) -> tuple[Island, ...]:
    """Return the islands of a sound: one probability each ``step`` seconds, edges moved to the levels."""
    return tuple(Island(start, end) for start, end in refined(voiced(probabilities, step), levels))


def voiced(probabilities: Sequence[float], step: float) -> list[Span]:
    """Return the spans of voice in order, by hysteresis, gaps under ``CLOSE`` closed."""
    spans: list[Span] = []
    for first, last in _runs(np.asarray(probabilities, dtype=np.float32)):
        start, end = first * step, last * step
        if spans and start - spans[-1][1] < CLOSE:
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def _runs(probabilities: npt.NDArray[np.float32]) -> list[tuple[int, int]]:
    """Return half-open runs of frames above ``OFF`` that reach ``ON``, each from its first frame at ``ON``."""
    open_frames = np.concatenate(([False], probabilities >= OFF, [False]))
    edges = np.flatnonzero(open_frames[1:] != open_frames[:-1])
    found: list[tuple[int, int]] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        loud = np.flatnonzero(probabilities[first:last] >= ON)
        if len(loud):
            found.append((first + int(loud[0]), last))
    return found
