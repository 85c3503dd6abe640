"""Warnings about a reading: parts of the script that were not said, parts that were said late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.clock_time import clock_time
from roughy_box.cutting.text.script import Script
from roughy_box.domain.cut import CutWarning

Places = npt.NDArray[np.int32]

_LEAST_MISSING = 4  # words: fewer are mostly misheard
_LISTED = 8  # places in one warning


@dataclass(frozen=True, slots=True)
class Spoken:
    """The kept words in order: their places in the script, and when they were said from the first picture."""

    places: Places
    times: npt.NDArray[np.float64]

    def time_before(self, place: int) -> float | None:
        """Return when the nearest kept word before ``place`` was said."""
        before = np.flatnonzero(self.places < place)
        return float(self.times[before[np.argmax(self.places[before])]]) if len(before) else None


def missing_parts(spoken: Spoken, script: Script, filled: Sequence[tuple[int, int]]) -> CutWarning | None:
    """Return a warning that names the parts of the script that nothing kept reads."""
    lacking = np.array([not word.optional for word in script.words], dtype=np.bool_)
    lacking[spoken.places] = False
    for first, last in filled:
        lacking[first : last + 1] = False
    parts = [part for part in _stretches(np.flatnonzero(lacking)) if part[1] - part[0] + 1 >= _LEAST_MISSING]
    if not parts:
        return None
    listed = _listed([f"“{script.quote(*part)}” ({_after(spoken, part[0])})" for part in parts])
    return CutWarning("script_missing_parts", f"Not heard from the script: {listed}.")


def late_pick_ups(spoken: Spoken, script: Script) -> CutWarning | None:
    """Return a warning that names the kept words that were said after words that follow them in the script."""
    late: list[str] = []
    reached = -1
    for first, last in _readings(spoken.places):
        count = int(np.searchsorted(spoken.places[first : last + 1], reached))
        if count:
            start, end = int(spoken.places[first]), int(spoken.places[first + count - 1])
            when = clock_time(float(spoken.times[first]))
            late.append(f"“{script.quote(start, end)}” at {when} belongs {_after(spoken, start)}")
        reached = max(reached, int(spoken.places[last]))
    if not late:
        return None
    message = f"Said later than the script has it, and left where it was said: {_listed(late)}."
    return CutWarning("late_pick_up", message)


def _after(spoken: Spoken, place: int) -> str:
    time = spoken.time_before(place)
    return "at the beginning" if time is None else f"after {clock_time(time)}"


def _listed(items: Sequence[str]) -> str:
    more = len(items) - _LISTED
    return "; ".join(items[:_LISTED]) + (f"; and {more} more" if more > 0 else "")


def _stretches(numbers: npt.NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return first and last of each row of consecutive numbers."""
    rows = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    return [(int(row[0]), int(row[-1])) for row in rows if len(row)]


def _readings(places: Places) -> list[tuple[int, int]]:
    """Return the indexes of first and last of each stretch that goes forward in the script."""
    rows = np.split(np.arange(len(places)), np.flatnonzero(np.diff(places) < 0) + 1)
    return [(int(row[0]), int(row[-1])) for row in rows if len(row)]
