"""The samples of a recording that may be speech, held in memory: 115 MB an hour at most, nothing for silence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.sound.levels import RATE

Int16 = npt.NDArray[np.int16]

_BLOCK = RATE  # samples: one second


class Samples:
    """Blocks of a second each; those that were not kept read as silence."""

    def __init__(self) -> None:
        self._blocks: dict[int, Int16] = {}
        self._length = 0

    def keep(self, start: int, samples: Int16) -> None:
        """Keep ``samples``, which begin at sample ``start``, the begin of a block."""
        assert start % _BLOCK == 0
        for offset in range(0, len(samples), _BLOCK):
            self._blocks[(start + offset) // _BLOCK] = samples[offset : offset + _BLOCK].copy()
        self._length = max(self._length, start + len(samples))

    def drop(self, start: float, end: float) -> None:
        """Forget the blocks that lie between two times, in seconds."""
        for block in range(-int(-start // 1), int(end)):
            self._blocks.pop(block, None)

    def read(self, start: float, end: float) -> Int16:
        """Return the samples between two times, in seconds."""
        first, last = max(0, round(start * RATE)), min(round(end * RATE), self._length)
        found = np.zeros(max(0, last - first), dtype=np.int16)
        for block in range(first // _BLOCK, -(-last // _BLOCK)):
            if (samples := self._blocks.get(block)) is not None:
                low, high = max(first, block * _BLOCK), min(last, block * _BLOCK + len(samples))
                if high > low:
                    found[low - first : high - first] = samples[low - block * _BLOCK : high - block * _BLOCK]
        return found
