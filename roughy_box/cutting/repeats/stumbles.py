"""Words that a speaker begins again without a pause: "workers replaced, workers replaced the cables"."""

from __future__ import annotations

from collections.abc import Sequence

from roughy_box.cutting.listening import CEPSTRUM_STEP
from roughy_box.cutting.reading.heard import Heard
from roughy_box.cutting.repeats.prefix import ALIKE
from roughy_box.cutting.repeats.speech import Speech
from roughy_box.cutting.sound.warping import sounds_alike, surely_same, warp

_SHORTEST, _LONGEST = 2, 8  # words; a single one is mostly meant: "very, very good"
_LEAST = 0.5  # seconds that sound alone can judge: two short words


def stumbles(speech: Speech, number: int) -> list[range]:
    """Return the ranges of heard words of an island that are said again at once."""
    words = speech.words[number]
    alike = speech.alike.rows(words, words) if len(words) > 2 * _SHORTEST else []
    found: list[range] = []
    place = 0
    while place < len(words):
        count = _count(alike, place) if alike else 0
        if count and _sounds_alike(speech, number, words[place : place + 2 * count]):
            found.append(range(words[place].word, words[place + count].word))
        place += count or 1
    return found or _by_sound(speech, number)


def _by_sound(speech: Speech, number: int) -> list[range]:
    """Return the same for the beginning of an island by its sound: what breaks off is often misheard.

    Words that are heard alike again were judged by that.
    """
    words = speech.words[number]
    if speech.frames is None:
        return []
    frames = speech.frames[number]
    for count in range(min(_LONGEST, len(words) - 1), 0, -1):
        begin = _frame(speech, number, words[count])
        again = words[count : 2 * count]
        if begin * CEPSTRUM_STEP < _LEAST or _alike(speech, words[: len(again)], again):
            continue
        heard = warp(frames[:begin], [frames[begin : 3 * begin + 8]])[0]
        if heard is not None and surely_same(heard):
            return [range(words[0].word, words[count].word)]
    return []


def _alike(speech: Speech, words: Sequence[Heard], again: Sequence[Heard]) -> bool:
    rows = speech.alike.rows(list(words), list(again))
    return all(row[place] >= ALIKE for place, row in enumerate(rows))


def _count(alike: Sequence[Sequence[float]], place: int) -> int:
    """Return how many words from ``place`` on are said twice, 0 for none.

    A figure of speech begins or goes on alike, or ends there: "step by step by step", "we will, we will".
    """
    for count in range(min(_LONGEST, (len(alike) - place - 1) // 2), _SHORTEST - 1, -1):
        again, after = place + count, place + 2 * count
        others = [alike[place][after], alike[place][place + 1], alike[place - 1][again - 1] if place else 0.0]
        if max(others) < ALIKE and all(alike[place + step][again + step] >= ALIKE for step in range(count)):
            return count
    return 0


def _sounds_alike(speech: Speech, number: int, words: Sequence[Heard]) -> bool:
    if speech.frames is None:
        return True
    half = len(words) // 2
    begin, middle = (_frame(speech, number, words[place]) for place in (0, half))
    frames = speech.frames[number]
    heard = warp(frames[begin:middle], [frames[middle : middle + 2 * (middle - begin) + 8]])[0]
    return heard is not None and sounds_alike(heard)


def _frame(speech: Speech, number: int, word: Heard) -> int:
    seconds = speech.listening.words[word.word].start - speech.islands[number].start
    return max(0, round(seconds / CEPSTRUM_STEP))
