"""Sentences read out of order, which cost an alignment less as words off the script than as two jumps.

"Welcome back" said before a long sentence that the script has first: going there and back is dearer than two words
off the script. A stretch off the script that says words of it which nothing else reads, reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.reading.alignment import MATCHED, Path
from roughy_box.cutting.reading.heard import Heard
from roughy_box.cutting.reading.restarts import match, stretches
from roughy_box.cutting.text.similarity import Similarities

_SHORTEST, _LONGEST = 2, 40  # words
_ALIKE = 0.8  # mean


def mark_unread(path: Path, said: Sequence[Heard], script: Sequence[str]) -> None:
    """Change ``path`` where words off the script read a part of it that was not read."""
    read = np.zeros(len(script), dtype=np.bool_)
    read[path.places[path.kinds == MATCHED]] = True
    if read.all():
        return
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(script))}
    numbers = np.array([vocabulary[word] for word in script], dtype=np.int32)
    alike = Similarities(list(vocabulary))
    for first, last in list(stretches(path, said)):
        count = last - first + 1
        if not _SHORTEST <= count <= min(_LONGEST, len(script)):
            continue
        rows = [alike.row(word.text)[numbers] for word in said[first : last + 1]]
        place = _place(rows, read)
        if place is not None:
            match(path, first, last, place)


def _place(rows: Sequence[npt.NDArray[np.float32]], read: npt.NDArray[np.bool_]) -> int | None:
    """Return where the script says all words of ``rows`` one after the other, unread."""
    count = len(rows)
    places = len(read) - count + 1
    total = np.zeros(places, dtype=np.float32)
    for number, row in enumerate(rows):
        total += row[number : number + places]
    before = np.concatenate(([0], np.cumsum(read)))
    total[before[count:] > before[:-count]] = 0
    best = int(np.argmax(total))
    return best if total[best] >= _ALIKE * count else None
