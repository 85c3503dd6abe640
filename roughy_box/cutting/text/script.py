"""A script as the words to be read, each of which knows the script's own text for captions."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from roughy_box.cutting.text.spoken import reads_english, spoken
from roughy_box.cutting.text.tokens import Token, kinds
from roughy_box.cutting.text.unspoken import Range, perhaps_unspoken, without_unspoken

_CLAUSE_ENDS = frozenset(".,;:!?…。、，！？؟،।—–")
_CLOSING = "\"'”’»)*_"
_QUOTE_LENGTH = 60  # characters
_REACH = 40  # characters that a word may take in on either side


@dataclass(frozen=True, slots=True)
class ScriptWord:
    """A word to be read; ``start`` and ``end`` bound it in the script with its punctuation.

    An ``optional`` word may be left out: a heading, a remark in parentheses.
    """

    text: str
    start: int
    end: int
    optional: bool = False
    ends_clause: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """A script and its words in order."""

    source: str
    words: tuple[ScriptWord, ...]

    def own_text(self, first: int, last: int) -> str:
        """Return what the script writes for the words from ``first`` to ``last``, on one line."""
        ranges: list[Range] = []
        for word in self.words[first : last + 1]:
            if ranges and word.start <= ranges[-1][1]:
                ranges[-1] = (ranges[-1][0], max(word.end, ranges[-1][1]))
            else:
                ranges.append((word.start, word.end))
        return " ".join(" ".join(self.source[start:end].split()) for start, end in ranges)

    def quote(self, first: int, last: int) -> str:
        """Return the same, its middle left out where it is long."""
        text = self.own_text(first, last)
        half = _QUOTE_LENGTH // 2
        return text if len(text) <= _QUOTE_LENGTH else f"{text[:half].rstrip()} … {text[-half:].lstrip()}"


def read_script(source: str, language: str | None) -> Script:
    """Return the words of a script; where nothing else is left, directions and headings are read too."""
    english = reads_english(language)
    text = without_unspoken(source)
    said = spoken(text, english=english)
    if not said:
        text, said = source, spoken(source, english=english)
    optional = _inside(said, perhaps_unspoken(text))
    if all(optional):
        optional = [False] * len(said)
    words = map(_word, [text] * len(said), _with_punctuation(text, said), optional, _lasts(said))
    return Script(source, tuple(words))


def _lasts(said: list[Token]) -> list[bool]:
    """Return which words are the last of the text they were written as."""
    return [token.start != after.start for token, after in pairwise(said)] + [True]


def _inside(said: list[Token], ranges: list[Range]) -> list[bool]:
    starts = [start for start, _ in ranges]
    ends: list[int] = []
    for _, end in ranges:
        ends.append(max(end, ends[-1] if ends else 0))
    places = (bisect_right(starts, token.start) - 1 for token in said)
    return [place >= 0 and token.start < ends[place] for token, place in zip(said, places, strict=True)]


def _with_punctuation(text: str, said: list[Token]) -> list[Token]:
    """Widen each word over the signs that touch it: ``"well-known",`` is one text of two words."""
    marks = kinds(text)
    return [_widened(text, marks, token) for token in said]


def _widened(text: str, marks: str, token: Token) -> Token:
    start, end = token.start, token.end
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    while start > first and marks[start - 1] != "c" and not text[start - 1].isspace():
        start -= 1
    while end < last and marks[end] != "c" and not text[end].isspace():
        end += 1
    return Token(token.text, start, end)


def _word(text: str, token: Token, optional: bool, is_last: bool) -> ScriptWord:
    own = text[token.start : token.end].rstrip(_CLOSING)
    ends = own[-1:] in _CLAUSE_ENDS or text[token.end : token.end + 1] in ("", "\n")
    return ScriptWord(token.text, token.start, token.end, optional, is_last and ends)
