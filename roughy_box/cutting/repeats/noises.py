"""Short sounds that are no speech: breaths, hisses, clicks, coughs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roughy_box.cutting.listening import HeardWord, Listening
from roughy_box.cutting.reading.heard import is_filler
from roughy_box.cutting.sound.warping import Frames, steadiness

_SHORT = 0.8  # seconds
_APART = 0.1  # seconds of quiet on either side
_CLICK = 0.1  # seconds: no word is that short
_LONG = 1.0  # seconds: speech with vowels and consonants
_UNVOICED = 0.2  # measured: breaths have less than 0, words 0.57 and more
_STILL = 0.14  # mean cosine distance of frames 60 ms apart; measured: coughs have up to 0.12, words 0.17 and more
_SURE = 0.55  # confidence of a word that was said, however still it is


def noises(listening: Listening, frames: Sequence[Frames] | None) -> frozenset[int]:
    """Return the islands that are noises; ``frames`` are theirs.

    Every word has a vowel, which is strongest in the low bands: its first cepstral coefficient is high. An island
    without such a sound is a noise, in a recording whose longer islands have it. And every word moves from one sound
    to another, unless it is a hesitation.
    """
    if listening.sound is None or frames is None:
        return frozenset()
    tilts = [listening.sound.cepstra_of(island)[:, 0] for island in listening.islands]
    long = [tilt for tilt, island in zip(tilts, listening.islands, strict=True) if island.duration > _LONG]
    if not any(map(len, long)):
        return frozenset()
    low, high = np.median([np.percentile(tilt, (10, 90)) for tilt in long if len(tilt)], axis=0)
    least = low + _UNVOICED * (high - low)
    found: list[int] = []
    for number, words in enumerate(listening.words_of()):
        duration, tilt = listening.islands[number].duration, tilts[number]
        if duration >= _SHORT or listening.quiet_around(number) <= _APART or not len(tilt):
            continue
        is_still = steadiness(frames[number]) < _STILL
        is_word = any(_is_word(listening.words[word], listening.language) for word in words)
        if (is_still and not is_word) or np.percentile(tilt, 90) < least or (duration < _CLICK and not words):
            found.append(number)
    return frozenset(found)


def _is_word(word: HeardWord, language: str | None) -> bool:
    """Return if a word was surely heard, or as a hesitation."""
    sure = word.kind == "word" and (word.confidence is None or word.confidence >= _SURE)
    return sure or is_filler(word, language)
