"""Captions: the kept words of a plan as cues, on the timeline of the cut or of the source.

A cue has at most 2 lines of 42 characters and lasts 1 to 7 seconds, long enough for 17 characters a second
where the speech leaves room, and never lies across a joint of the cut: the joint wins over the second.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal

from roughy_box.domain.cut import Plan, Word
from roughy_box.exports.cues import Cue, Part, cues_of, parts_of

Timeline = Literal["cut", "source"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A kept span on the timeline of captions: its milliseconds, and its words with seconds there."""

    start: int
    end: int
    words: tuple[Word, ...]

    @property
    def parts(self) -> list[Part]:
        """Return the words in parts that a line may end between, inside the passage."""
        return parts_of(self.words, self.start, self.end)


def passages(plan: Plan, timeline: Timeline, offset: Fraction = Fraction(0)) -> list[Passage]:
    """Return the kept spans with their words; ``offset`` is the seconds from the file's zero to the plan's."""
    found, at, length = [], 0, 1 / plan.rate
    for segment, words in zip(plan.segments, _by_segment(plan), strict=True):
        first = at if timeline == "cut" else segment.start
        start = first * length + (0 if timeline == "cut" else offset)
        end = start + (segment.end - segment.start) * length
        move = float(start - segment.start * length)
        bounds = float(start), float(end)
        moved = tuple(_moved(word, move, *bounds) for word in words)
        found.append(Passage(ceil(start * 1000), floor(end * 1000), moved))
        at += segment.end - segment.start
    return found


def make_cues(spans: list[Passage]) -> list[Cue]:
    """Return the cues of all passages, in order."""
    return list(_all_cues(spans))


def _all_cues(spans: list[Passage]) -> Iterator[Cue]:
    for span in spans:
        yield from cues_of(span.parts, span.start, span.end)


def _by_segment(plan: Plan) -> list[list[Word]]:
    """Return the words heard in each segment: those whose middle lies in it."""
    starts = [float(segment.start / plan.rate) for segment in plan.segments]
    ends = [float(segment.end / plan.rate) for segment in plan.segments]
    found: list[list[Word]] = [[] for _ in plan.segments]
    for word in plan.words:
        middle = (word.start + word.end) / 2
        index = bisect_right(starts, middle) - 1
        if word.kept and word.kind != "noise" and word.text.strip() and index >= 0 and middle < ends[index]:
            found[index].append(word)
    return found


def _moved(word: Word, move: float, start: float, end: float) -> Word:
    """Return the word at its time on the timeline, inside its passage."""
    begin = min(max(word.start + move, start), end)
    return Word(word.text, begin, min(max(word.end + move, begin), end), word.confidence, word.kind)
