"""The path cut into runs: stretches of reading that go forward without a jump."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.reading.alignment import MATCHED, OFF_SCRIPT, Path

GOOD = 0.55  # similarity of a word that is the script's


@dataclass(frozen=True, slots=True)
class Run:
    """Heard words ``first`` to ``last`` read the script from ``start`` to ``end``, both included."""

    first: int
    last: int
    start: int
    end: int
    similarity: float  # mean of the matched words


def find_runs(path: Path, islands: Sequence[int]) -> list[Run]:
    """Return the runs in the order they were said; ``islands`` are those of the heard words.

    A remark before a take is often laid over the words before it, since going back is paid for anyway:
    islands at either end of a run that hardly read the script become words off it, in ``path`` too.
    """
    trimmed = [_trimmed(path, islands, numbers) for numbers in _groups(path, islands)]
    return [_run(path, numbers) for numbers in trimmed if numbers]


def _trimmed(path: Path, islands: Sequence[int], numbers: list[int]) -> list[int]:
    groups = [list(group) for _, group in groupby(numbers, key=lambda number: islands[number])]
    while len(groups) > 1 and _is_poor(path, islands, groups[0]):
        _leave(path, islands, groups.pop(0)[0])
    while len(groups) > 1 and _is_poor(path, islands, groups[-1]):
        _leave(path, islands, groups.pop()[0])
    return [number for group in groups for number in group]


def _is_poor(path: Path, islands: Sequence[int], numbers: list[int]) -> bool:
    """Return if less than half of an island matches well, and all of it that matches is in this run."""
    island = _of_island(islands, numbers[0])
    good = sum(path.similar[number] >= GOOD for number in numbers)
    matched = int(np.count_nonzero(path.kinds[island.start : island.stop] == MATCHED))
    return matched == len(numbers) and 2 * good < len(island)


def _of_island(islands: Sequence[int], number: int) -> range:
    """Return all heard words of the island of one."""
    return range(bisect_left(islands, islands[number]), bisect_right(islands, islands[number]))


def _leave(path: Path, islands: Sequence[int], number: int) -> None:
    """Put the island of a heard word off the script."""
    for other in _of_island(islands, number):
        path.kinds[other] = OFF_SCRIPT


def _groups(path: Path, islands: Sequence[int]) -> list[list[int]]:
    """Return the matched words run by run.

    A run ends at a jump, off the script, and where an island leaves out words before it begins: two
    misheard words of a remark would else own the words left out after them.
    """
    groups: list[list[int]] = []
    broken = True
    for number, (kind, jump) in enumerate(zip(path.kinds.tolist(), path.jumps.tolist(), strict=True)):
        broken |= jump or kind == OFF_SCRIPT
        if kind != MATCHED:
            continue
        if broken or _leaves_out(path, islands, groups[-1][-1], number):
            groups.append([])
        groups[-1].append(number)
        broken = False
    return groups


def _leaves_out(path: Path, islands: Sequence[int], before: int, number: int) -> bool:
    step = int(path.places[number]) - int(path.places[before])
    return step < 1 or (step > 1 and islands[number] != islands[before])


def _run(path: Path, numbers: list[int]) -> Run:
    first, last = numbers[0], numbers[-1]
    similarity = float(np.mean(path.similar[numbers]))
    return Run(first, last, int(path.places[first]), int(path.places[last]), similarity)


def found_places(path: Path, runs: list[Run], count: int, least: float) -> npt.NDArray[np.bool_]:
    """Return which of ``count`` words of the script were heard in runs that are like it."""
    found = np.zeros(count, dtype=np.bool_)
    for run in runs:
        if run.similarity >= least:
            said = slice(run.first, run.last + 1)
            good = (path.kinds[said] == MATCHED) & (path.similar[said] >= GOOD)
            found[path.places[said][good]] = True
    return found
