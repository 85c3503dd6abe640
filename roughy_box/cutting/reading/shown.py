"""Heard words as captions show them: the script's own words where they read it."""

from __future__ import annotations

from dataclasses import replace

from roughy_box.cutting.listening import HeardWord, Listening
from roughy_box.cutting.reading.alignment import INSERTED, MATCHED
from roughy_box.cutting.reading.heard import is_filler
from roughy_box.cutting.reading.reading import Reading
from roughy_box.cutting.text.script import Script
from roughy_box.cutting.verdicts import Shown
from roughy_box.domain.cut import WordKind

_UNHEARD = 2  # words of the script that a recognizer may have missed between two matched ones

Places = tuple[int, int]  # the first and last script word


def shown_words(listening: Listening, reading: Reading) -> list[Shown]:
    """Return every word once, in order, with the heard words that it was said as."""
    places, added = _matches(reading)
    shown: list[Shown] = []
    before: Places | None = None  # those of the last shown word, if it reads the script
    for number, word in enumerate(listening.words):
        if number in places:
            goes_on = before is not None and places[number][0] > before[1]
            before = _show(shown, reading.script, number, places[number], before if goes_on else None)
        elif number in added and before:  # a word misheard as two
            shown[-1] = replace(shown[-1], last=number)
        else:
            shown.append(Shown(word.text.strip(), number, number, _kind(word, listening.language)))
            before = None
    return shown


def _kind(word: HeardWord, language: str | None) -> WordKind:
    return "filler" if is_filler(word, language) else word.kind


def _matches(reading: Reading) -> tuple[dict[int, Places], set[int]]:
    """Return the places that heard words read, and the words added inside runs."""
    places: dict[int, Places] = {}
    added: set[int] = set()
    for run in reading.runs:
        for number in range(run.first, run.last + 1):
            word, place = reading.said[number].word, int(reading.path.places[number])
            if reading.path.kinds[number] == MATCHED:
                places[word] = (places.get(word, (place, place))[0], place)
            elif reading.path.kinds[number] == INSERTED:
                added.add(word)
    return places, added


def _show(shown: list[Shown], script: Script, number: int, places: Places, before: Places | None) -> Places:
    """Show a heard word by what the script writes there; return the places that this shows."""
    start, end = places
    if before and 0 < start - before[1] - 1 <= _UNHEARD:
        between = script.words[before[1] + 1 : start]
        start = start if any(word.optional for word in between) else before[1] + 1
    if before and script.words[start].start < script.words[before[1]].end:  # one text, such as a figure
        shown[-1] = replace(shown[-1], text=script.own_text(before[0], end), last=number)
        return before[0], end
    shown.append(Shown(script.own_text(start, end), number, number))
    return start, end
