"""Hesitations that a recognizer writes too late: at the head of what follows, while their own island has no words.

Whisper begins the first word of a sentence where the quiet before it begins, and with it an "um" that was said there.
"""

from __future__ import annotations

from dataclasses import replace

from roughy_box.cutting.listening import HeardWord, Listening
from roughy_box.cutting.reading.heard import is_filler

SHORT = 0.65  # seconds of a hesitation


def put_right(listening: Listening) -> Listening:
    """Return the listening, each hesitation that opens an island moved to a short island without words before it."""
    words = list(listening.words)
    groups = listening.words_of()
    for number, group in enumerate(groups[1:], start=1):
        if len(group) > 1 and not groups[number - 1] and is_filler(words[group[0]], listening.language):
            words[group[0]] = _moved(listening, words[group[0]], number - 1)
    return replace(listening, words=tuple(words)) if words != list(listening.words) else listening


def _moved(listening: Listening, word: HeardWord, number: int) -> HeardWord:
    island = listening.islands[number]
    if island.duration >= SHORT:
        return word
    return replace(word, start=island.start, end=island.end, island=number)
