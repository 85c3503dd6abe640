"""The path cut into runs: stretches of reading that go forward without a jump."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.reading.alignment import INSERTED, MATCHED, OFF_SCRIPT, Path


@dataclass(frozen=True, slots=True)
class Run:
    """Heard words ``first`` to ``last`` read the script from ``start`` to ``end``, both included."""

    first: int
    last: int
    start: int
    end: int
    similarity: float  # mean of the matched words


def find_runs(path: Path) -> list[Run]:
    """Return the runs in the order they were said."""
    return [_run(path, numbers) for numbers in _groups(path)]


def _groups(path: Path) -> list[list[int]]:
    groups: list[list[int]] = []
    broken = True
    for number, (kind, jump) in enumerate(zip(path.kinds.tolist(), path.jumps.tolist(), strict=True)):
        if kind == INSERTED:
            continue
        if kind == OFF_SCRIPT:
            broken = True
            continue
        if broken or jump:
            groups.append([])
        groups[-1].append(number)
        broken = False
    return groups


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
            good = (path.kinds[said] == MATCHED) & (path.similar[said] >= 0.5)
            found[path.places[said][good]] = True
    return found
