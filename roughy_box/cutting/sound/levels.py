"""The level of sound in steps of 5 ms, and the quietest point of a stretch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.listening import LEVEL_STEP

RATE = 16_000  # samples a second of all sound that is listened to
_STEP = round(RATE * LEVEL_STEP)
_SMOOTH = 5  # steps: a dip is quiet for 25 ms

Samples = npt.NDArray[np.int16]
Levels = npt.NDArray[np.float32]


def levels(samples: Samples) -> Levels:
    """Return decibels above one step of a sample, 0 for digital silence; a rest under 5 ms is left out."""
    count = len(samples) // _STEP
    frames = samples[: count * _STEP].reshape(count, _STEP).astype(np.float32)
    power = np.einsum("ij,ij->i", frames, frames) / np.float32(_STEP)
    decibels: Levels = (10 * np.log10(power + 1)).astype(np.float32)
    return decibels


def quietest(levels: Levels, start: float, end: float) -> float:
    """Return the second between ``start`` and ``end`` around which it is quietest; of equals the middle one."""
    first, last = int(start / LEVEL_STEP), int(np.ceil(end / LEVEL_STEP))
    window = levels[max(first - _SMOOTH // 2, 0) : last + _SMOOTH // 2]
    if end <= start or len(window) < _SMOOTH:
        return (start + end) / 2
    smooth = np.convolve(window, np.full(_SMOOTH, 1 / _SMOOTH, dtype=np.float32), mode="valid")
    lowest = np.flatnonzero(smooth <= smooth.min() + 0.5)
    middle = int(lowest[len(lowest) // 2]) + max(first, _SMOOTH // 2)
    return float(np.clip((middle + 0.5) * LEVEL_STEP, start, end))
