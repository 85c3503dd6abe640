"""The cues of one passage: which words share one, how its lines break, how long it stays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from roughy_box.domain.cut import Word
from roughy_box.exports.scripts import ends_clause, ends_sentence, needs_space, pieces
from roughy_box.exports.text import one_line

LINE = 42  # characters
LONGEST, SHORTEST = 7000, 1000  # milliseconds of a cue
READING = 17  # characters a second
_SILENCE = 1500  # milliseconds without a word that end a cue
_BREATH = 300  # milliseconds without a word that are a good place to end one


@dataclass(frozen=True, slots=True)
class Part:
    """A word, or a part of a long one, in milliseconds; ``lead`` is the space before it, or nothing."""

    text: str
    start: int
    end: int
    lead: str = " "


@dataclass(frozen=True, slots=True)
class Cue:
    """One or two lines, and the milliseconds that they are shown."""

    start: int
    end: int
    lines: tuple[str, ...]


def parts_of(words: Iterable[Word], start: int, end: int) -> list[Part]:
    """Return the parts of words in order, inside a passage; those of a long word share its time evenly."""
    found: list[Part] = []
    at = start
    for text, begins, moment in _timed(words):
        apart = begins and found and needs_space(found[-1].text, text)
        at = min(max(round(moment[0]), at), end)
        found.append(Part(text, at, min(max(round(moment[1]), at), end), " " if apart else ""))
    return found


def text_of(parts: Iterable[Part]) -> str:
    """Return parts as one text."""
    return "".join(part.lead + part.text for part in parts).strip()


def cues_of(parts: list[Part], start: int, end: int) -> Iterator[Cue]:
    """Yield the cues of a passage, in order, none outside of it."""
    bounds = list(_divided(_Row(parts, end)))
    at = start
    for number, (first, last) in enumerate(bounds):
        begin = max(at, min(parts[first].start, end - (len(bounds) - number)))
        until = parts[last].start if last < len(parts) else end
        cue = _cue(parts[first:last], begin, max(until, begin + 1))
        at = cue.end
        yield cue


def _timed(words: Iterable[Word]) -> Iterator[tuple[str, bool, tuple[float, float]]]:
    """Yield each part, whether a word begins with it, and its milliseconds."""
    for word in sorted(words, key=lambda word: word.start):
        texts = [
            (text, index == 0)
            for token in one_line(word.text).split()
            for index, text in enumerate(pieces(token, LINE))
        ]
        total, done = sum(len(text) for text, _ in texts), 0
        begin, each = word.start * 1000, (word.end - word.start) * 1000 / max(1, total)
        for text, begins in texts:
            yield text, begins, (begin + each * done, begin + each * (done + len(text)))
            done += len(text)


class _Row:
    """The parts of a passage, with what is asked about stretches of them."""

    def __init__(self, parts: list[Part], end: int) -> None:
        self.parts, self.end = parts, end
        self._widths = list(accumulate((len(part.lead) + len(part.text) for part in parts), initial=0))

    def length(self, first: int, last: int) -> int:
        """Return the characters of a stretch as one text."""
        return self._widths[last] - self._widths[first] - len(self.parts[first].lead)

    def fits(self, first: int, last: int) -> bool:
        """Return True for a stretch that two lines can hold."""
        if self.length(first, last) <= LINE:
            return True
        full = self._widths[first] + len(self.parts[first].lead) + LINE
        below = bisect_right(self._widths, full) - 1
        return self.length(below, last) <= LINE

    def until(self, last: int) -> int:
        """Return when the next part begins, or the passage ends."""
        return self.parts[last].start if last < len(self.parts) else self.end

    def silence(self, last: int) -> int:
        """Return the milliseconds without a word before a part."""
        return self.until(last) - self.parts[last - 1].end

    def pause(self, last: int) -> float:
        """Return how natural it is to pause before a part."""
        text = self.parts[last - 1].text
        if last == len(self.parts) or ends_sentence(text) or self.silence(last) >= _SILENCE:
            return 1
        if ends_clause(text):
            return 0.6
        return 0.4 if self.silence(last) >= _BREATH else 0

    def worth(self, first: int, last: int, reach: list[int]) -> float:
        """Return how well a cue ends here: at a pause, filled, neither short nor leaving a short one."""
        short = self.until(last) - self.parts[first].start < SHORTEST
        rest = last < len(self.parts) and self.until(reach[last]) - self.parts[last].start < SHORTEST
        return self.length(first, last) / (2 * LINE) + self.pause(last) - 5 * (short + rest)


def _divided(row: _Row) -> Iterator[tuple[int, int]]:
    """Yield first and last part, exclusive, of each cue."""
    first, reach = 0, _reach(row)
    while first < len(row.parts):
        last = max(range(first + 1, reach[first] + 1), key=lambda at: (row.worth(first, at, reach), at))
        yield first, last
        first = last


def _reach(row: _Row) -> list[int]:
    """Return for each part the end of the longest cue that can begin there: two lines, 7 seconds, no long silence."""
    found, last = [], 0
    for first, part in enumerate(row.parts):
        last = max(last, first + 1)
        while last < len(row.parts) and row.silence(last) < _SILENCE:
            if row.parts[last].end - part.start > LONGEST or not row.fits(first, last + 1):
                break
            last += 1
        found.append(last)
    return found


def _cue(parts: list[Part], start: int, until: int) -> Cue:
    """Return a cue that stays until its last word, and longer where it has to be read and there is room."""
    lines = _lines(parts)
    needed = max(SHORTEST, -(-sum(map(len, lines)) * 1000 // READING))
    end = min(max(parts[-1].end, start + needed), start + LONGEST, until)
    return Cue(start, max(end, start + 1), lines)


def _lines(parts: list[Part]) -> tuple[str, ...]:
    """Return the lines of a cue, two of them about as long as each other."""
    text = text_of(parts)
    if len(text) <= LINE:
        return (text,)
    pairs = [(text_of(parts[:at]), text_of(parts[at:])) for at in range(1, len(parts))]
    return min((pair for pair in pairs if max(map(len, pair)) <= LINE), key=_unevenness)


def _unevenness(pair: tuple[str, str]) -> int:
    """Return how much longer one line is; a line that ends a clause may be shorter."""
    above, below = pair
    return abs(len(above) - len(below)) - (12 if ends_clause(above) or ends_sentence(above) else 0)
