"""Sound of several tracks added up on one clock, given out as soon as every track is past it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.sound.levels import RATE

Floats = npt.NDArray[np.float32]
Int16 = npt.NDArray[np.int16]

CHUNK = 60 * RATE  # samples
_FULL = 32767


class Mixer:
    """The samples from ``given`` on that may still change; positions count from the begin of the sound."""

    def __init__(self, tracks: int) -> None:
        # Voices on different tracks hardly ever speak at once; the same one on two is louder, but not twice.
        self._weight = np.float32(_FULL / tracks**0.5)
        self._sum = np.zeros(0, dtype=np.float32)
        self._given = 0
        self._reached = 0

    def until(self, position: int) -> Iterator[Int16]:
        """Give out what lies before ``position``, in whole chunks; where nothing was added it is silence."""
        while position - self._given >= CHUNK:
            yield self._give(CHUNK)

    def add(self, start: int, samples: Floats) -> None:
        """Add ``samples`` from position ``start`` on; what was given out already stays as it is."""
        samples = samples[max(0, self._given - start) :]
        first = max(start, self._given) - self._given
        end = first + len(samples)
        if end > len(self._sum):
            self._sum = np.concatenate((self._sum, np.zeros(end - len(self._sum) + CHUNK, dtype=np.float32)))
        self._sum[first:end] += samples
        if len(samples):
            self._reached = max(self._reached, self._given + end)

    def rest(self) -> Int16:
        """Give out everything that is left."""
        return self._give(max(0, self._reached - self._given))

    def _give(self, count: int) -> Int16:
        given = np.zeros(count, dtype=np.int16)
        heard = self._sum[:count] * self._weight
        given[: len(heard)] = np.clip(np.rint(heard), -_FULL - 1, _FULL)
        self._sum = self._sum[count:].copy()
        self._given += count
        return given
