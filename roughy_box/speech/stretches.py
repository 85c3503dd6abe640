"""Islands as stretches of sound that a recognizer can take: padded with what is around them, long ones split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roughy_box.cutting.listening import Island
from roughy_box.cutting.sound.levels import Levels, quietest

PAD = 0.15  # seconds of the sound around an island
_SEARCH = 4.0  # seconds before the longest end in which a split may lie


@dataclass(frozen=True, slots=True)
class Stretch:
    """An island or a part of it: from ``start`` to ``end``, in seconds of the recording, padding included."""

    island: int
    start: float
    end: float

    @property
    def duration(self) -> float:
        """Return its seconds."""
        return self.end - self.start


def stretches(islands: Sequence[Island], levels: Levels, longest: float) -> Iterator[Stretch]:
    """Yield the stretches in order, none longer than ``longest`` seconds, split where it is quietest."""
    for number, island in enumerate(islands):
        before = islands[number - 1].end if number else 0.0
        after = islands[number + 1].start if number + 1 < len(islands) else float("inf")
        start = max(island.start - PAD, (before + island.start) / 2 if number else 0.0, 0.0)
        end = min(island.end + PAD, (island.end + after) / 2)
        while end - start > longest:
            middle = quietest(levels, start + longest - _SEARCH, start + longest)
            yield Stretch(number, start, middle)
            start = middle
        yield Stretch(number, start, end)
