"""The match of words with the beginning of other words: an alignment whose end is free in the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

ALIKE = 0.7  # mean of a match; also of two words that count as one
CONTRARY = 0.65  # two words in the same place that are less alike are different words
_ADDED = 0.3  # the price of a word that only the others have


class Prefix(NamedTuple):
    """A match: its mean similarity, how alike the last word is, the words of the others used.

    ``contrary`` counts words that stand against a different word.
    """

    score: float
    last: float
    used: int
    contrary: int

    @property
    def agrees(self) -> bool:
        """Return if the words tell a repeat."""
        return self.score >= ALIKE and self.last >= ALIKE


def match_prefix(alike: Sequence[Sequence[float]]) -> Prefix:
    """Return the best match of words (rows) with the beginning of others (columns) by how alike they are."""
    rows, columns = len(alike), len(alike[0]) if alike else 0
    if not columns:
        return Prefix(0.0, 0.0, 0, 0)
    best = [[-_ADDED * column for column in range(columns + 1)]]
    for row in alike:
        above = best[-1]
        line = [above[0]]
        for column, similar in enumerate(row, start=1):
            line.append(max(above[column - 1] + similar, above[column], line[-1] - _ADDED))
        best.append(line)
    # Of equal ends the nearest.
    end = max(range(columns + 1), key=lambda column: (best[rows][column], -column))
    pairs = _pairs(alike, best, end)
    last = alike[rows - 1][pairs[-1][1]] if pairs and pairs[-1][0] == rows - 1 else 0.0
    contrary = sum(alike[row][column] < CONTRARY for row, column in pairs) + rows - len(pairs)
    return Prefix(best[rows][end] / rows, last, end, contrary)


def _pairs(alike: Sequence[Sequence[float]], best: Sequence[Sequence[float]], end: int) -> list[tuple[int, int]]:
    """Return the matched (row, column) in order, walking back from the end."""
    row, column = len(alike), end
    pairs: list[tuple[int, int]] = []
    while row and column:
        if best[row][column] == best[row - 1][column - 1] + alike[row - 1][column - 1]:
            row, column = row - 1, column - 1
            pairs.append((row, column))
        elif best[row][column] == best[row - 1][column]:
            row -= 1
        else:
            column -= 1
    return pairs[::-1]
