"""The likeness of a word to every word of a vocabulary: edit distance over all of them at once.

The bit-parallel edit distance of Myers (J. ACM 46, 1999) in the form of Hyyrö (2003): one column of the
table is two bit sets, here of every word of the vocabulary side by side in arrays.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from roughy_box.cutting.text.phones import phones

Similarity = npt.NDArray[np.float32]
Bits = npt.NDArray[Any]  # of unsigned integers

_LONGEST = 32  # characters of a word that count
_CACHE_BYTES = 48 << 20


class _Patterns:
    """The words of a vocabulary as sets of bits, one a character."""

    def __init__(self, words: Sequence[str]) -> None:
        cut = [word[:_LONGEST] for word in words]
        self.lengths = np.array([len(word) for word in cut], dtype=np.int16)
        self.bits = np.dtype(np.uint16 if max(map(len, cut), default=0) <= 16 else np.uint32)
        self._last = np.left_shift(self.bits.type(1), np.maximum(self.lengths - 1, 0).astype(self.bits))
        # Kept sparse: a script of many alphabets would fill memory with empty sets.
        places = sorted((sign, number, place) for number, word in enumerate(cut) for place, sign in enumerate(word))
        self._places = {
            sign: np.array([pair[1:] for pair in group], dtype=np.int64)
            for sign, group in groupby(places, key=lambda pair: pair[0])
        }
        self._dense: dict[str, Bits] = {}

    def similarity(self, word: str) -> Similarity:
        """Return 1 - distance / length of the longer word, for each word of the vocabulary."""
        text = word[:_LONGEST]
        longer = np.maximum(self.lengths, max(1, len(text))).astype(np.float32)
        return np.float32(1) - self._distance(text).astype(np.float32) / longer

    def _distance(self, text: str) -> npt.NDArray[np.int16]:
        one = self.bits.type(1)
        plus: Bits = ~np.zeros(len(self.lengths), dtype=self.bits)
        minus: Bits = np.zeros(len(self.lengths), dtype=self.bits)
        distance = self.lengths.copy()
        for sign in text:
            equal = self._where(sign)
            diagonal = (((equal & plus) + plus) ^ plus) | equal
            up: Bits = minus | ~(diagonal | plus)
            down = plus & diagonal
            distance += np.not_equal(up & self._last, 0).astype(np.int16)
            distance -= np.not_equal(down & self._last, 0).astype(np.int16)
            up = (up << one) | one
            vertical = equal | minus
            plus = (down << one) | ~(vertical | up)
            minus = up & vertical
        return distance

    def _where(self, sign: str) -> Bits:
        """Return the places of a character in every word, as bits."""
        if sign not in self._dense:
            if len(self._dense) >= 64:
                self._dense.clear()
            found = np.zeros(len(self.lengths), dtype=self.bits)
            if sign in self._places:
                numbers, places = self._places[sign].T
                np.bitwise_or.at(found, numbers, np.left_shift(self.bits.type(1), places.astype(self.bits)))
            self._dense[sign] = found
        return self._dense[sign]


class Similarities:
    """The similarity of any word to each word of a vocabulary: the better of letters and rough sounds."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._letters = _Patterns(vocabulary)
        self._sounds = _Patterns([phones(word) for word in vocabulary])
        self._rows: OrderedDict[str, npt.NDArray[np.uint8]] = OrderedDict()
        self._capacity = max(1, _CACHE_BYTES // max(1, len(vocabulary)))

    def row(self, word: str) -> Similarity:
        """Return the similarity of ``word`` to each word of the vocabulary, 0 to 1 in steps of 1/250."""
        if word not in self._rows:
            best = np.maximum(self._letters.similarity(word), self._sounds.similarity(phones(word)))
            if len(self._rows) >= self._capacity:
                self._rows.popitem(last=False)
            self._rows[word] = np.rint(best * 250).astype(np.uint8)
        return self._rows[word].astype(np.float32) / np.float32(250)
