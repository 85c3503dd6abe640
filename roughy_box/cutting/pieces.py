"""Islands cut where the verdict on their words changes, at the quietest point between the two words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from roughy_box.cutting.grid import Grid
from roughy_box.cutting.listening import HeardWord, Island, Listening
from roughy_box.cutting.sound.levels import quietest
from roughy_box.cutting.verdicts import Judgement, Verdict

_AROUND = 0.15  # seconds: recognizers are that far off


@dataclass(frozen=True, slots=True)
class Piece:
    """An island or a part of it, with one verdict; ``words`` are its heard words."""

    start: float
    end: float
    verdict: Verdict
    island: int
    words: range

    @property
    def kept(self) -> bool:
        """Return if it was judged worth keeping."""
        return self.verdict.reason is None


def find_pieces(listening: Listening, judgement: Judgement, grid: Grid) -> list[Piece]:
    """Return the pieces in order, in seconds from the first frame; what lies outside of the frames is left out."""
    pieces: list[Piece] = []
    for number, words in enumerate(listening.words_of()):
        for piece in _cut(listening, judgement, number, words):
            start, end = (min(max(time + listening.offset, 0.0), grid.duration) for time in (piece.start, piece.end))
            if end > start:
                pieces.append(Piece(start, end, piece.verdict, number, piece.words))
    return pieces


def _cut(listening: Listening, judgement: Judgement, number: int, words: range) -> list[Piece]:
    island = listening.islands[number]
    if not words:
        return [Piece(island.start, island.end, judgement.islands[number], number, words)]
    groups = [list(group) for _, group in groupby(words, key=lambda word: judgement.words[word])]
    pieces: list[Piece] = []
    start = island.start
    for index, group in enumerate(groups):
        last = index + 1 == len(groups)
        end = island.end if last else _border(listening, island, start, group[-1])
        pieces.append(Piece(start, end, judgement.words[group[0]], number, range(group[0], group[-1] + 1)))
        start = end
    return pieces


def _border(listening: Listening, island: Island, start: float, word: int) -> float:
    """Return where to cut between a heard word and the next, after ``start``."""
    before, after = listening.words[word], listening.words[word + 1]
    earliest = max(_middle(before), min(before.end, after.start) - _AROUND, start)
    latest = min(_middle(after), max(before.end, after.start) + _AROUND, island.end)
    if latest <= earliest:
        return min(max((before.end + after.start) / 2, start), island.end)
    if listening.sound is None:
        return (earliest + latest) / 2
    return quietest(listening.sound.levels, earliest, latest)


def _middle(word: HeardWord) -> float:
    return (word.start + word.end) / 2
