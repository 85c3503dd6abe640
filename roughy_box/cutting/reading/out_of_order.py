"""Sentences read out of order, which cost an alignment less as words off the script than as two jumps.

"Welcome back" said before a long sentence that the script has first, or a sentence read once more after the next one:
going there and back is dearer than some words off the script. A stretch off the script that says words of it which
nothing else reads, or a whole sentence of it, reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.reading.alignment import MATCHED, Path
from roughy_box.cutting.reading.heard import Heard
from roughy_box.cutting.reading.restarts import match, stretches
from roughy_box.cutting.text.script import ScriptWord
from roughy_box.cutting.text.similarity import Similarities

_SHORTEST, _LONGEST = 2, 40  # words
_ALIKE = 0.8  # mean
_SENTENCE = 5  # words of a sentence that may have been read before
_SAME = 0.9  # mean of such a sentence

Flags = npt.NDArray[np.bool_]


def mark_out_of_order(path: Path, said: Sequence[Heard], script: Sequence[ScriptWord]) -> None:
    """Change ``path`` where words off the script read a part of it."""
    texts = [word.text for word in script]
    found = [bounds for bounds in stretches(path, said) if _SHORTEST <= bounds[1] - bounds[0] + 1 <= _LONGEST]
    if not found:
        return
    read = np.zeros(len(texts), dtype=np.bool_)
    read[path.places[path.kinds == MATCHED]] = True
    ends = np.array([word.ends_clause for word in script], dtype=np.bool_)
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(texts))}
    numbers = np.array([vocabulary[word] for word in texts], dtype=np.int32)
    alike = Similarities(list(vocabulary))
    for first, last in found:
        count = last - first + 1
        if count <= len(texts):
            mean = _mean([alike.row(word.text)[numbers] for word in said[first : last + 1]])
            fits = (mean >= _ALIKE) & _unread(read, count)
            if count >= _SENTENCE:
                fits |= (mean >= _SAME) & _sentences(ends, count)
            places = np.flatnonzero(fits)
            if len(places):
                near = np.abs(places - int(path.places[first]))
                match(path, first, last, int(places[np.lexsort((near, -mean[places]))[0]]))


def _mean(rows: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Return for each place how alike the words are to those that the script has from there on."""
    places = len(rows[0]) - len(rows) + 1
    total = np.zeros(places, dtype=np.float32)
    for number, row in enumerate(rows):
        total += row[number : number + places]
    return total / np.float32(len(rows))


def _unread(read: Flags, count: int) -> Flags:
    """Return from which places on ``count`` words were not read."""
    before = np.concatenate(([0], np.cumsum(read)))
    unread: Flags = before[count:] == before[:-count]
    return unread


def _sentences(ends: Flags, count: int) -> Flags:
    """Return at which places ``count`` words begin and end with a clause."""
    begins = np.concatenate(([True], ends[:-1]))
    whole: Flags = begins[: len(ends) - count + 1] & ends[count - 1 :]
    return whole
