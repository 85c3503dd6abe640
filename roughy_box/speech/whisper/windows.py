"""Stretches of speech packed in order into windows of sound, and times in a window mapped back.

Whisper computes thirty seconds at each call, however short the sound is, so that islands are heard together:
measured, a fifth of the cost, nothing lost. Less quiet between two takes makes it skip one of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.sound.levels import RATE
from roughy_box.speech.samples import Samples
from roughy_box.speech.stretches import Stretch

LONGEST = 28.0  # seconds of a window
QUIET = 1.1  # seconds between two stretches
_EDGE = 0.3  # seconds before the first and after the last

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """Stretches, and where each begins in the window."""

    stretches: tuple[Stretch, ...]
    places: tuple[float, ...]

    @property
    def duration(self) -> float:
        """Return its seconds."""
        return self.places[-1] + self.stretches[-1].duration + _EDGE

    def sound(self, samples: Samples) -> Floats:
        """Return the samples of the window, from -1 to 1."""
        found = np.zeros(round(self.duration * RATE), dtype=np.float32)
        for stretch, place in zip(self.stretches, self.places, strict=True):
            first = round(place * RATE)
            heard = samples.read(stretch.start, stretch.end)[: len(found) - first]
            found[first : first + len(heard)] = heard.astype(np.float32) / np.float32(32768)
        return found

    def locate(self, start: float, end: float) -> tuple[int, float, float]:
        """Return the stretch that a word belongs to, and its times in the recording, inside of the stretch.

        Times of words are off by some tenths of a second: the middle decides.
        """
        borders = [place - QUIET / 2 for place in self.places[1:]]
        number = bisect_right(borders, (start + end) / 2)
        stretch, shift = self.stretches[number], self.stretches[number].start - self.places[number]
        begin, finish = (min(max(time + shift, stretch.start), stretch.end) for time in (start, end))
        return number, begin, finish


def alone(stretch: Stretch) -> Window:
    """Return a window with one stretch."""
    return Window((stretch,), (_EDGE,))


def packed(stretches: Iterable[Stretch]) -> Iterator[Window]:
    """Yield windows with all stretches in order, each as full as it can be."""
    taken: list[Stretch] = []
    places: list[float] = []
    for stretch in stretches:
        place = places[-1] + taken[-1].duration + QUIET if taken else _EDGE
        if taken and place + stretch.duration + _EDGE > LONGEST:
            yield Window(tuple(taken), tuple(places))
            taken, places, place = [], [], _EDGE
        taken.append(stretch)
        places.append(place)
    if taken:
        yield Window(tuple(taken), tuple(places))
