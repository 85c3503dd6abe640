"""Speech prepared for finding repeats: words and frames by island, how alike words are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roughy_box.cutting.listening import CEPSTRUM_STEP, HeardWord, Island, Listening
from roughy_box.cutting.reading.heard import Heard, heard
from roughy_box.cutting.repeats.noises import noises
from roughy_box.cutting.sound.warping import Frames, unit_frames
from roughy_box.cutting.text.similarity import Similarities

_STREAM = 40  # islands that a match may run through


@dataclass(frozen=True, slots=True)
class Speech:
    """A recording as words and unit frames of its islands."""

    listening: Listening
    heard: list[list[HeardWord]]
    words: list[list[Heard]]  # the same as spoken words, without fillers
    frames: list[Frames] | None  # None without sound features
    alike: Alike
    noises: frozenset[int]  # islands

    @property
    def islands(self) -> tuple[Island, ...]:
        """Return the islands."""
        return self.listening.islands

    def gap(self, number: int) -> float:
        """Return the seconds of quiet after an island, without end after the last."""
        return self.listening.gap(number)

    def words_from(self, island: int, skip: int, count: int) -> list[Heard]:
        """Return ``count`` words from the beginning of an island on, across the islands after it."""
        found: list[Heard] = []
        for words in self.words[island : island + _STREAM]:
            found += words
            if len(found) >= skip + count:
                break
        return found[skip : skip + count]

    def frames_from(self, island: int, skip: float, count: int) -> Frames:
        """Return ``count`` frames from the beginning of an island on, quiet between islands left out."""
        assert self.frames is not None
        first = round(skip / CEPSTRUM_STEP)
        found: list[Frames] = []
        length = 0
        for frames in self.frames[island : island + _STREAM]:
            found.append(frames)
            length += len(frames)
            if length >= first + count:
                break
        return np.concatenate(found)[first : first + count]


class Alike:
    """Return the likeness of two heard words, 0 to 1."""

    def __init__(self, vocabulary: list[str]) -> None:
        self._numbers = {word: number for number, word in enumerate(vocabulary)}
        self._similarities = Similarities(vocabulary)

    def rows(self, words: list[Heard], others: list[Heard]) -> list[list[float]]:
        """Return a row for each of ``words`` with its similarity to each of ``others``."""
        columns = np.array([self._numbers[other.text] for other in others], dtype=np.int32)
        return [self._similarities.row(word.text)[columns].tolist() for word in words]


def prepare(listening: Listening) -> Speech:
    """Return the speech of a recording."""
    words: list[list[Heard]] = [[] for _ in listening.islands]
    for word in heard(listening):
        words[word.island].append(word)
    vocabulary = list(dict.fromkeys(word.text for group in words for word in group))
    groups = [[listening.words[index] for index in indexes] for indexes in listening.words_of()]
    frames = _frames(listening)
    return Speech(listening, groups, words, frames, Alike(vocabulary), noises(listening, frames))


def _frames(listening: Listening) -> list[Frames] | None:
    """Return the frames of each island, around the mean of all speech."""
    if listening.sound is None:
        return None
    islands = [listening.sound.cepstra_of(island) for island in listening.islands]
    count = max(1, sum(map(len, islands)))
    columns = listening.sound.cepstra.shape[1]
    total = sum((island.sum(axis=0, dtype=np.float64) for island in islands), np.zeros(columns))
    return [unit_frames(island, (total / count).astype(np.float32)) for island in islands]
