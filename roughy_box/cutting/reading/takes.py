"""The take of every place of the script that counts: the last one, by interval.

Runs are walked from the last to the first. A run that later ones cover is dropped whole; of one that they
cover in part, that part. Word by word would keep a good word in the middle of a bad take.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.reading.runs import Run

COVERED = 0.7  # of a run: it is dropped whole
LEAST_SIMILAR = 0.45  # mean of a run: less does not read the script
_BACK = 50  # runs that are looked at for the whole take of one that breaks off


class Take(NamedTuple):
    """A run and what becomes of it.

    ``kept`` is false for a run dropped whole; ``owners`` names for each of its places the run that
    replaces it, or -1.
    """

    run: Run
    kept: bool
    owners: list[int]


def last_takes(runs: Sequence[Run], ends_clause: Sequence[bool]) -> list[Take]:
    """Return a take for each run, in the order they were said."""
    owner = np.full(len(ends_clause), -1, dtype=np.int32)
    takes: list[Take] = []
    for number in range(len(runs) - 1, -1, -1):
        run = runs[number]
        own = owner[run.start : run.end + 1]
        whole = _whole_take(runs, number, owner, ends_clause)
        if run.similarity < LEAST_SIMILAR:
            takes.append(Take(run, False, [-1] * len(own)))
        elif whole is not None:
            takes.append(Take(run, False, [whole] * len(own)))
        else:
            kept = float(np.mean(own >= 0)) < COVERED
            takes.append(Take(run, kept, own.tolist()))
            if kept:
                own[own < 0] = number
    return takes[::-1]


def _whole_take(
    runs: Sequence[Run], number: int, owner: npt.NDArray[np.int32], ends_clause: Sequence[bool]
) -> int | None:
    """Return the earlier run that goes on where this one breaks off, if nothing later does.

    Such a run is a restart that was given up, not a pick-up: a pick-up ends with its clause.
    """
    run = runs[number]
    if ends_clause[run.end] or run.end + 1 == len(owner) or owner[run.end + 1] >= 0:
        return None
    for before in range(number - 1, max(-1, number - _BACK), -1):
        whole = runs[before]
        if whole.start <= run.start and whole.end > run.end and whole.similarity >= LEAST_SIMILAR:
            return before
    return None
