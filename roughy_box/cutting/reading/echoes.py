"""Takes that are heard as badly as the one before them, and alike: what that one read, they read too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from roughy_box.cutting.reading.alignment import MATCHED, Path
from roughy_box.cutting.reading.heard import Heard
from roughy_box.cutting.text.similarity import Similarities

_BACK = 3  # islands
_SHORTEST = 4  # words
_ALIKE = 0.85  # mean


def mark_echoes(path: Path, said: Sequence[Heard]) -> None:
    """Change ``path`` where an island off the script says the words of one before it that reads the script."""
    islands = list(_islands(said))
    for number, island in enumerate(islands):
        if np.any(path.kinds[island.start : island.stop] == MATCHED):
            continue
        for before in reversed(islands[max(0, number - _BACK) : number]):
            if _reads(path, before) and say_the_same(_texts(said, before), _texts(said, island)):
                _copy(path, before, island)
                break


def _islands(said: Sequence[Heard]) -> Iterator[range]:
    for _, group in groupby(range(len(said)), key=lambda number: said[number].island):
        numbers = list(group)
        yield range(numbers[0], numbers[-1] + 1)


def _reads(path: Path, island: range) -> bool:
    return 2 * int(np.count_nonzero(path.kinds[island.start : island.stop] == MATCHED)) > len(island)


def _texts(said: Sequence[Heard], island: range) -> list[str]:
    return [said[number].text for number in island]


def say_the_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return if the words of two islands are alike, and enough to tell."""
    if len(one) != len(other) or len(one) < _SHORTEST:
        return False
    pairs = zip(one, other, strict=True)
    alike = [1.0 if left == right else float(Similarities([right]).row(left)[0]) for left, right in pairs]
    return sum(alike) >= _ALIKE * len(alike)


def _copy(path: Path, source: range, target: range) -> None:
    for column in (path.places, path.kinds, path.similar):
        column[target.start : target.stop] = column[source.start : source.stop]
    matched = np.flatnonzero(path.kinds[target.start : target.stop] == MATCHED)
    path.jumps[target.start + int(matched[0])] = True
