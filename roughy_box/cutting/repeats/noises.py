"""Short sounds that are no speech: breaths, hisses, clicks."""

from __future__ import annotations

import numpy as np

from roughy_box.cutting.listening import Listening

_SHORT = 0.8  # seconds
_APART = 0.1  # seconds of quiet on either side
_CLICK = 0.1  # seconds: no word is that short
_LONG = 1.0  # seconds: speech with vowels and consonants
_UNVOICED = 0.2  # measured: breaths have less than 0, words 0.57 and more


def noises(listening: Listening) -> frozenset[int]:
    """Return the islands that are noises.

    Every word has a vowel, which is strongest in the low bands: its first cepstral coefficient is high. An island
    without such a sound is a noise, in a recording whose longer islands have it.
    """
    if listening.sound is None:
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
        if np.percentile(tilt, 90) < least or (duration < _CLICK and not words):
            found.append(number)
    return frozenset(found)
