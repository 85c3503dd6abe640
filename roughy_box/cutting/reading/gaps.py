"""Speech that was not understood, where the script lacks just as much: it stays, the last take of what is repeated.

Island by island, and by stretches of islands: a sentence of the script each, neither of them understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import log

from roughy_box.cutting.listening import Listening
from roughy_box.cutting.reading.echoes import say_the_same
from roughy_box.cutting.reading.reading import Reading
from roughy_box.cutting.text.script import Script
from roughy_box.cutting.verdicts import KEPT, Judgement

Interval = tuple[int, int]

_SECONDS_A_CHARACTER = 0.065  # where nothing was understood that could tell
_SHORTEST, _LONGEST = 0.5, 2.0  # of the time that the missing words take at the speaker's pace
_TOGETHER = 6  # islands that may be what is missing
_AHEAD = 3  # islands in which one is said again


def keep_unheard(
    judgement: Judgement, listening: Listening, reading: Reading, places: Sequence[Interval | None]
) -> list[Interval]:
    """Keep islands off the script that fill a gap between kept neighbors or at either end; return the gaps filled.

    ``places`` are the first and last kept word of the script in each island, ``None`` without one.
    """
    script, texts = reading.script, _texts(listening, reading)
    pace = _pace(listening, script, places)
    words_of = listening.words_of()
    filled: list[Interval] = []
    for (first, last), islands in _gaps(judgement, words_of, places, len(script.words)):
        expected = pace * _characters(script, first, last)
        for number in (kept := _filling(listening, texts, islands, expected)):
            words = words_of[number]
            judgement.islands[number] = KEPT
            judgement.words[words.start : words.stop] = [KEPT] * len(words)
            judgement.unsure[number] = "off_script"
        if kept:
            filled.append((first, last))
    return filled


def _gaps(
    judgement: Judgement, words_of: Sequence[range], places: Sequence[Interval | None], count: int
) -> Iterator[tuple[Interval, list[int]]]:
    """Yield each stretch of the script that lacks a reading, and the islands off the script where it should be."""
    before, after = _before(places), _after(places, count)
    for (first, last), group in groupby(range(len(places)), key=lambda number: (before[number] + 1, after[number] - 1)):
        islands = [number for number in group if _is_off(judgement, number, words_of[number])]
        if islands and first <= last and (first, last) != (0, count - 1):
            yield (first, last), islands


def _is_off(judgement: Judgement, number: int, words: range) -> bool:
    reasons = {judgement.words[word].reason for word in words} or {judgement.islands[number].reason}
    return reasons <= {"off_script", "noise"}


def _texts(listening: Listening, reading: Reading) -> list[list[str]]:
    """Return the spoken words of each island."""
    texts: list[list[str]] = [[] for _ in listening.islands]
    for word in reading.said:
        texts[word.island].append(word.text)
    return texts


def _is_repeated(texts: Sequence[Sequence[str]], islands: Sequence[int]) -> bool:
    """Return if the first of ``islands`` is said again by one of the next."""
    return any(say_the_same(texts[islands[0]], texts[later]) for later in islands[1:])


def _filling(
    listening: Listening, texts: Sequence[Sequence[str]], islands: Sequence[int], expected: float
) -> list[int]:
    """Return which islands may be what lasts about ``expected`` seconds.

    Each that is about as long, and of several one after the other those that come nearest together. What is said
    again counts once, unless the script has it as often.
    """
    if not expected:
        return []

    def off(run: Sequence[int]) -> float:
        return abs(log(_seconds(listening, run) / expected))

    ahead = 1 + _AHEAD
    takes = [each for at, each in enumerate(islands) if not _is_repeated(texts, islands[at : at + ahead])]
    takes = min(takes, list(islands), key=off)
    kept = {number for number in takes if _fits(_seconds(listening, [number]), expected)}
    nearest = min((takes[at:end] for at in range(len(takes)) for end in range(at + 1, at + 1 + _TOGETHER)), key=off)
    return sorted(kept.union(nearest) if _fits(_seconds(listening, nearest), expected) else kept)


def _seconds(listening: Listening, islands: Sequence[int]) -> float:
    return sum(listening.islands[number].duration for number in islands)


def _fits(seconds: float, expected: float) -> bool:
    return _SHORTEST * expected <= seconds <= _LONGEST * expected


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
