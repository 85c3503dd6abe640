"""Words that a speaker begins again without a pause: "workers replaced, workers replaced the cables"."""

from __future__ import annotations

from collections.abc import Sequence

from roughy_box.cutting.listening import CEPSTRUM_STEP
from roughy_box.cutting.reading.heard import Heard
from roughy_box.cutting.repeats.prefix import ALIKE
from roughy_box.cutting.repeats.speech import Speech
from roughy_box.cutting.sound.warping import sounds_alike, warp

_SHORTEST, _LONGEST = 2, 8  # words; a single one is mostly meant: "very, very good"


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
    return found


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
