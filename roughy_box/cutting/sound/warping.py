"""How well one stretch of sound matches the beginning of another: dynamic time warping (Sakoe and Chiba, 1978).

Every frame of the first stretch meets one frame of the second, which advances by none, one or two
frames, never by none twice (Itakura, 1975). So a row of the table depends on rows before it alone, and
whole rows, of several partners at once, are computed in one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.listening import CEPSTRUM_STEP

Frames = npt.NDArray[np.float32]  # rows of unit length

_SLACK = 6  # frames of the partner that may pass before the match begins
_LONGEST = 600  # frames: 12 s decide for longer islands


@dataclass(frozen=True, slots=True)
class Warp:
    """A match of sound: mean cosine distance, that of the last third, and where it ends in the partner."""

    cost: float
    tail: float
    end: float  # seconds of the partner's frames


def unit_frames(cepstra: Frames) -> Frames:
    """Return rows of unit length around the mean of all."""
    centered = cepstra - cepstra.mean(axis=0, dtype=np.float64).astype(np.float32) if len(cepstra) else cepstra
    norms = np.linalg.norm(centered, axis=1, keepdims=True)
    unit: Frames = (centered / np.maximum(norms, np.float32(1e-6))).astype(np.float32)
    return unit


def warp(frames: Frames, partners: Sequence[Frames]) -> list[Warp | None]:
    """Return how well ``frames`` match the beginning of each partner; ``None`` where they cannot."""
    frames = frames[:_LONGEST]
    cut = [partner[: 2 * len(frames) + _SLACK] for partner in partners]
    widest = max(map(len, cut), default=0)
    if len(frames) < 3 or not widest:
        return [None] * len(partners)
    distance = np.full((len(frames), len(cut), widest), np.inf, dtype=np.float32)
    for number, partner in enumerate(cut):
        distance[:, number, : len(partner)] = np.maximum(1 - frames @ partner.T, 0)
    total, before_tail = _least(distance)
    return [_warp(total[number], before_tail[number], len(frames)) for number in range(len(cut))]


def _least(distance: Frames) -> tuple[Frames, Frames]:
    """Return the least sum for each end of the last row, and its part before the last third."""
    rows = len(distance)
    third = rows - max(1, rows // 3)
    moved = distance[0].copy()
    moved[:, _SLACK:] = np.inf
    stayed = np.full_like(moved, np.inf)
    moved_mark, stayed_mark = np.zeros_like(moved), np.zeros_like(moved)
    for row in range(1, rows):
        if row == third:
            moved_mark, stayed_mark = moved.copy(), stayed.copy()
        best = np.minimum(moved, stayed)
        mark = np.where(moved <= stayed, moved_mark, stayed_mark)
        one, two = _shifted(best, 1), _shifted(best, 2)
        stayed, stayed_mark = moved + distance[row], moved_mark
        moved_mark = np.where(one <= two, _shifted(mark, 1), _shifted(mark, 2))
        moved = np.minimum(one, two) + distance[row]
    return np.minimum(moved, stayed), np.where(moved <= stayed, moved_mark, stayed_mark)


def _shifted(array: Frames, count: int) -> Frames:
    shifted = np.full_like(array, np.inf)
    shifted[:, count:] = array[:, :-count]
    return shifted


def _warp(total: Frames, before_tail: Frames, rows: int) -> Warp | None:
    end = int(np.argmin(total))
    if not np.isfinite(total[end]):
        return None
    tail_rows = max(1, rows // 3)
    cost, tail = total[end] / rows, (total[end] - before_tail[end]) / tail_rows
    return Warp(float(cost), float(tail), (end + 1) * CEPSTRUM_STEP)


def steadiness(frames: Frames) -> float:
    """Return the mean cosine distance of frames 60 ms apart: low for a sustained sound."""
    apart = round(0.06 / CEPSTRUM_STEP)
    if len(frames) <= apart:
        return float("inf")
    return float(np.mean(1 - np.einsum("ij,ij->i", frames[apart:], frames[:-apart])))
