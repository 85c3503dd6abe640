"""The inputs of a plan: islands, heard words, sound features, the engine they come from.

Times are seconds from the first sample of the sound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from roughy_box.domain.cut import WordKind

LEVEL_STEP = 0.005  # seconds
CEPSTRUM_STEP = 0.02

Stage = Literal["matching", "planning"]
# Hears the stage and the share of it that is done; what it raises stops the planning.
Progress = Callable[[Stage, float], None]


@dataclass(frozen=True, slots=True)
class Island:
    """Voice between two silences."""

    start: float
    end: float

    @property
    def duration(self) -> float:
        """Return its seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word from a recognizer, in the island of that index; its times are not exact."""

    text: str
    start: float
    end: float
    island: int
    confidence: float | None = None
    kind: WordKind = "word"


@dataclass(frozen=True, slots=True)
class Sound:
    """Features of the whole sound.

    ``levels`` are decibels above one step of a 16-bit sample, each ``LEVEL_STEP``; ``cepstra`` are rows of
    coefficients, each ``CEPSTRUM_STEP``.
    """

    levels: npt.NDArray[np.float32]
    cepstra: npt.NDArray[np.float32]

    def cepstra_of(self, island: Island) -> npt.NDArray[np.float32]:
        """Return the rows of an island."""
        count = len(self.cepstra)
        first = min(round(island.start / CEPSTRUM_STEP), count)
        return self.cepstra[first : max(first, min(round(island.end / CEPSTRUM_STEP), count))]


@dataclass(frozen=True, slots=True)
class Engine:
    """The recognizer that heard the words, and what the rules must know of it.

    ``guesses`` if it writes plausible words for sounds that are none, as Whisper does, and if its
    confidence tells; ``recognizes`` is false for no recognizer, and for one that could not tell the
    language.
    """

    name: str
    recognizes: bool = True
    guesses: bool = False


NO_ENGINE = Engine("none", recognizes=False)


@dataclass(frozen=True, slots=True)
class Listening:
    """Everything heard in an asset: ``offset`` is where its first sample stands, from the first picture."""

    duration: float
    islands: tuple[Island, ...]
    words: tuple[HeardWord, ...] = ()
    sound: Sound | None = None
    engine: Engine = NO_ENGINE
    language: str | None = None
    offset: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no listener can have heard. Errors: ``ValueError``."""
        if any(island.end <= island.start for island in self.islands):
            raise ValueError("an island ends after it starts")
        if any(after.start < before.end for before, after in pairwise(self.islands)):
            raise ValueError("islands are in order and do not overlap")
        places = [word.island for word in self.words]
        if places != sorted(places) or (places and not 0 <= places[0] <= places[-1] < len(self.islands)):
            raise ValueError("words are in the order of their islands")

    def gap(self, number: int) -> float:
        """Return the seconds of quiet after an island, without end after the last."""
        islands = self.islands
        return islands[number + 1].start - islands[number].end if number + 1 < len(islands) else float("inf")

    def quiet_around(self, number: int) -> float:
        """Return the seconds of the shorter quiet before or after an island."""
        return min(self.gap(number - 1) if number else float("inf"), self.gap(number))

    def words_of(self) -> list[range]:
        """Return for each island the indexes of its words."""
        counts = np.bincount([word.island for word in self.words], minlength=len(self.islands)).tolist()
        ends = np.cumsum([0, *counts]).tolist()
        return [range(start, end) for start, end in pairwise(ends)]
