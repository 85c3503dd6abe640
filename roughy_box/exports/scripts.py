"""Writing systems: where words are joined without a space, and where a line may end.

Japanese, Chinese, Thai, Lao, Khmer and Burmese have no spaces between words. Text from right to left passes
through: players order it themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CJK = re.compile(
    "[\u3000-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff9f\U00020000-\U0003ffff]"
)
_SOUTH_EAST = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer
_CLOSING = re.compile(r"[,.;:!?%)\]}»”’…،؛؟۔।॥、。，．！？：；）」』】〉》・]+")
# What may not begin a line: closing signs, small kana, marks of repetition, Thai vowels that follow their consonant.
_NO_START = frozenset(
    "、。，．！？：；）」』】〉》・ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々〜…ะาำๆฯ\u0eb0\u0eb2\u0eb3"
)
# What may not end a line: opening signs, Thai and Lao vowels that come before their consonant.
_NO_END = frozenset("（「『【〈《([{«“‘เแโใไ\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
_SENTENCE = re.compile(r"[.!?…。．！？؟۔।॥][\"'»”’）」』)\]]*$")
_CLAUSE = re.compile(r"[,;:،؛、，：；–—][\"'»”’）」』)\]]*$")
SPACELESS_LONGEST = 10  # characters of a word without spaces that stays whole


def needs_space(left: str, right: str) -> bool:
    """Return True where a space stands between two words."""
    before, after = left[-1:], right[:1]
    if before.isascii() and after.isascii() and after.isalnum():
        return True  # the usual case, without the four expressions below
    if _CJK.match(before) or _CJK.match(after) or _CLOSING.fullmatch(right):
        return False
    return not (_SOUTH_EAST.match(before) and _SOUTH_EAST.match(after))


def ends_sentence(text: str) -> bool:
    """Return True for a text that ends a sentence."""
    return bool(_SENTENCE.search(text))


def ends_clause(text: str) -> bool:
    """Return True for a text that ends a part of a sentence."""
    return bool(_CLAUSE.search(text))


def pieces(word: str, longest: int) -> list[str]:
    """Return a word in parts that a line may end between: whole, unless it is long."""
    if len(word) <= SPACELESS_LONGEST:
        return [word]
    parts = list(_clusters(word))
    return [part[at : at + longest] for part in parts for at in range(0, len(part), longest)]


def _clusters(word: str) -> Iterator[str]:
    """Yield the word cut before each character where a line may begin."""
    begin = 0
    for at in range(1, len(word)):
        if _may_break(word[at - 1], word[at]):
            yield word[begin:at]
            begin = at
    yield word[begin:]


def _may_break(before: str, after: str) -> bool:
    if not (_spaceless(before) or _spaceless(after)):
        return False
    return after not in _NO_START and before not in _NO_END and not unicodedata.category(after).startswith("M")


def _spaceless(character: str) -> bool:
    return bool(_CJK.match(character) or _SOUTH_EAST.match(character))
