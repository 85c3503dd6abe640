"""Text as folded words with their places: letters of every script, no case, marks or punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

APOSTROPHES = "'’ʼ＇"
# Written without spaces, one character a word: kana and ideographs. Hangul has spaces.
_SINGLES = ((0x3041, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
_WORD = re.compile("c|w+(?:'w+)*")


class Token(NamedTuple):
    """A folded word, and the half-open range of characters it was written as."""

    text: str
    start: int
    end: int


@cache
def kind_of(character: str) -> str:
    """Return ``w`` for part of a word, ``c`` for a word of its own, an apostrophe, or a space for the rest."""
    if character in APOSTROPHES:
        return "'"
    if any(low <= ord(character) <= high for low, high in _SINGLES):
        return "c"
    # Marks belong to their letters: the vowels of Devanagari, the points of Hebrew.
    return "w" if unicodedata.category(character)[0] in "LNM" else " "


def kinds(text: str) -> str:
    """Return one letter of :func:`kind_of` for each character."""
    return "".join(map(kind_of, text))


def fold(text: str) -> str:
    """Return a word without case, marks and apostrophes, in compatibility form."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(character for character in plain if kind_of(character) != " " and not _is_mark(character))


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of ``text`` in order."""
    for match in _WORD.finditer(kinds(text)):
        folded = fold(text[match.start() : match.end()])
        if folded:
            yield Token(folded, match.start(), match.end())


@cache
def _is_mark(character: str) -> bool:
    return character in APOSTROPHES or unicodedata.category(character) == "Mn"
