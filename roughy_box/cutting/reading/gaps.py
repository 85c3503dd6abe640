"""Speech that was not understood, where the script lacks just as much: it stays."""

from __future__ import annotations

from collections.abc import Sequence

from roughy_box.cutting.listening import Listening
from roughy_box.cutting.text.script import Script
from roughy_box.cutting.verdicts import KEPT, Judgement

Interval = tuple[int, int]

_SECONDS_A_CHARACTER = 0.065  # where nothing was understood that could tell
_SHORTEST, _LONGEST = 0.5, 2.0  # of the time that the missing words take at the speaker's pace


def keep_unheard(
    judgement: Judgement, listening: Listening, script: Script, places: Sequence[Interval | None]
) -> list[Interval]:
    """Keep islands off the script that fill a gap between kept neighbors or at either end; return the gaps filled.

    ``places`` are the first and last kept word of the script in each island, ``None`` without one.
    """
    pace = _pace(listening, script, places)
    before, after = _before(places), _after(places, len(script.words))
    filled: list[Interval] = []
    for number, words in enumerate(listening.words_of()):
        reasons = {judgement.words[word].reason for word in words} or {judgement.islands[number].reason}
        first, last = before[number], after[number]
        if not reasons <= {"off_script", "noise"} or (first, last) == (-1, len(script.words)):
            continue
        expected = pace * _characters(script, first + 1, last - 1)
        if _SHORTEST * expected <= listening.islands[number].duration <= _LONGEST * expected:
            judgement.islands[number] = KEPT
            judgement.words[words.start : words.stop] = [KEPT] * len(words)
            judgement.unsure[number] = "off_script"
            filled.append((first + 1, last - 1))
    return filled


def _characters(script: Script, first: int, last: int) -> int:
    return sum(len(word.text) + 1 for word in script.words[first : last + 1] if not word.optional)


def _pace(listening: Listening, script: Script, places: Sequence[Interval | None]) -> float:
    """Return the seconds that the speaker takes for a character."""
    seconds, characters = 0.0, 0
    for island, interval in zip(listening.islands, places, strict=True):
        if interval:
            seconds += island.duration
            characters += _characters(script, *interval)
    return seconds / characters if characters else _SECONDS_A_CHARACTER


def _before(places: Sequence[Interval | None]) -> list[int]:
    """Return for each island the last kept word of the script before it, -1 if there is none."""
    found: list[int] = []
    last = -1
    for interval in places:
        found.append(last)
        last = interval[1] if interval else last
    return found


def _after(places: Sequence[Interval | None], count: int) -> list[int]:
    """Return for each island the first kept word of the script after it, its ``count`` of words if there is none."""
    found: list[int] = []
    first = count
    for interval in reversed(places):
        found.append(first)
        first = interval[0] if interval else first
    return found[::-1]
