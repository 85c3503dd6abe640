"""Mel-frequency cepstra of sound, computed chunk by chunk (Davis and Mermelstein, IEEE ASSP-28, 1980)."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.listening import CEPSTRUM_STEP, Sound
from roughy_box.cutting.sound.levels import RATE, Samples, levels

_HOP = round(RATE * CEPSTRUM_STEP)
_WINDOW = 512  # samples: 32 ms
_BANDS = 26
_LOW, _HIGH = 100.0, 7000.0  # hertz
_COEFFICIENTS = 12  # without the first, which is the level
_LIFTER = 22

Floats = npt.NDArray[np.float32]


class FeatureBuilder:
    """Levels and cepstra of sound that comes in chunks of any length; 16 kHz, one channel."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, dtype=np.int16)
        self._levels: list[Floats] = []
        self._cepstra: list[Floats] = []

    def feed(self, samples: Samples) -> None:
        """Take the next samples."""
        # Whole hops are whole level steps too; a window needs the hops after it.
        sound = np.concatenate((self._rest, samples))
        hops = max(0, (len(sound) - _WINDOW) // _HOP + 1)
        if hops:
            self._levels.append(levels(sound[: hops * _HOP]))
            self._cepstra.append(_cepstra(sound[: (hops - 1) * _HOP + _WINDOW]))
        self._rest = sound[hops * _HOP :]

    def finish(self) -> Sound:
        """Return the features of everything fed."""
        self._levels.append(levels(self._rest))
        empty = np.zeros((0, _COEFFICIENTS), dtype=np.float32)
        return Sound(np.concatenate(self._levels), np.concatenate([empty, *self._cepstra]))


def _cepstra(samples: Samples) -> Floats:
    """Return a row of coefficients for each hop with a whole window."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP].astype(np.float32)
    frames[:, 1:] -= np.float32(0.97) * frames[:, :-1]  # lifts the weaker high bands
    power = np.abs(np.fft.rfft(frames * np.hamming(_WINDOW).astype(np.float32), axis=1)) ** 2
    bands = np.log(power.astype(np.float32) @ _filters() + np.float32(_WINDOW))
    cepstra: Floats = (bands @ _transform()).astype(np.float32)
    return cepstra


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


@cache
def _filters() -> Floats:
    """Return overlapping triangles over the bins of the spectrum, even on the mel scale."""
    points = 700 * (10 ** (np.linspace(_mel(_LOW), _mel(_HIGH), _BANDS + 2) / 2595) - 1)
    bins = np.arange(_WINDOW // 2 + 1)[:, None] * (RATE / _WINDOW)
    rising = (bins - points[:-2]) / (points[1:-1] - points[:-2])
    falling = (points[2:] - bins) / (points[2:] - points[1:-1])
    filters: Floats = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return filters


@cache
def _transform() -> Floats:
    """Return the cosine transform to coefficients 1 to 12, the higher ones lifted to a like weight."""
    order = np.arange(1, _COEFFICIENTS + 1)
    cosines = np.cos(np.pi / _BANDS * (np.arange(_BANDS)[:, None] + 0.5) * order)
    lifted: Floats = (cosines * (1 + _LIFTER / 2 * np.sin(np.pi * order / _LIFTER))).astype(np.float32)
    return lifted
