"""The words of a plan: at their times in the source, kept or not, and as the text of spans."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from roughy_box.cutting.grid import Grid
from roughy_box.domain.cut import Dropped, Segment, Suggestion, Word

if TYPE_CHECKING:  # numpy, which cuts by hand do not need
    from roughy_box.cutting.listening import Listening
    from roughy_box.cutting.pieces import Piece
    from roughy_box.cutting.verdicts import Shown

Span = TypeVar("Span", Segment, Dropped, Suggestion)


def plan_words(listening: Listening, shown: Sequence[Shown], pieces: Sequence[Piece]) -> list[Word]:
    """Return the shown words that lie in pieces, in order."""
    piece_of = {word: piece for piece in pieces for word in piece.words}
    return [_word(listening, word, piece_of[word.first]) for word in shown if word.text and word.first in piece_of]


def _word(listening: Listening, shown: Shown, piece: Piece) -> Word:
    """Return a word between the borders of its piece, so that it falls on its side of every cut."""
    heard = listening.words[shown.first : shown.last + 1]
    start, end = heard[0].start + listening.offset, heard[-1].end + listening.offset
    start = min(max(start, piece.start), piece.end)
    end = min(max(end, start), piece.end)
    known = [word.confidence for word in heard if word.confidence is not None]
    return Word(shown.text, start, end, min(known, default=None), shown.kind)


def marked(words: Sequence[Word], segments: Sequence[Segment], grid: Grid) -> tuple[Word, ...]:
    """Return the words with ``kept`` by where their middle lies."""
    starts = [grid.seconds(segment.start) for segment in segments]
    ends = [grid.seconds(segment.end) for segment in segments]
    found: list[Word] = []
    for word in words:
        middle = (word.start + word.end) / 2
        number = bisect_right(starts, middle) - 1
        found.append(replace(word, kept=number >= 0 and middle < ends[number]))
    return tuple(found)


def with_texts(spans: Sequence[Span], words: Sequence[Word], grid: Grid) -> tuple[Span, ...]:
    """Return spans with the text of the words whose middle lies in them."""
    ordered = sorted(words, key=_middle)
    middles = [_middle(word) for word in ordered]
    found: list[Span] = []
    for span in spans:
        first, last = (bisect_left(middles, grid.seconds(frame)) for frame in (span.start, span.end))
        found.append(replace(span, text=" ".join(word.text for word in ordered[first:last])))
    return tuple(found)


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2
