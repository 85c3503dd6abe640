"""The parts of a script that are not read aloud, or perhaps not: directions, names, marks, headings.

Places stay: what is not spoken is replaced by spaces, so that the words of the rest keep their
character positions in the script as it was written.
"""

from __future__ import annotations

import re
from collections import Counter

Range = tuple[int, int]

_LINK = re.compile(r"(!?)\[([^\[\]\n]{0,300})\]\([^()\s]{0,500}\)")  # Markdown: [text](address)
_NEVER = (
    re.compile(r"<!--.{0,2000}?-->", re.DOTALL),
    re.compile(r"</?[a-z][^<>\n]{0,200}>", re.IGNORECASE),
    re.compile(r"https?://\S+"),
    re.compile(r"\[[^\[\]]{0,500}\]"),
    re.compile(r"(?:[0-9]{1,2}:)?[0-9]{1,2}:[0-9]{2}[.,][0-9]{1,3}"),  # times of captions
    re.compile(r"\b[0-9]{1,2}:[0-9]{2}:[0-9]{2}\b"),
    re.compile(r"^[ \t]*(?:[-*+•][ \t]+|[0-9]{1,3}[.)][ \t]+|>[ \t]?)+", re.MULTILINE),
    re.compile(r"^[ \t]*```.*$", re.MULTILINE),
)
# In prose what stands in parentheses is mostly read, in plays it is not; headings likewise.
_PERHAPS = (
    re.compile(r"^[ \t]{0,3}#{1,6}[ \t].*$", re.MULTILINE),
    re.compile(r"^[^\n]{1,120}\n(?==={2,}[ \t]*$)", re.MULTILINE),
    re.compile(r"\([^()]{0,500}\)"),
)
_NAME = re.compile(
    r"^[ \t]*[*_]{0,2}([^\W\d_][\w.'’-]*(?:[ \t][\w.'’-]+){0,3})[ \t]*[*_]{0,2}:[*_]{0,2}(?=\s)", re.MULTILINE
)


def without_unspoken(text: str) -> str:
    """Return ``text`` with spaces for what is never read aloud."""
    text = _LINK.sub(_link_text, text)
    for pattern in _NEVER:
        text = pattern.sub(_blank, text)
    return _without_names(text)


def perhaps_unspoken(text: str) -> list[Range]:
    """Return the ranges that may be read or not, in order."""
    return sorted(match.span() for pattern in _PERHAPS for match in pattern.finditer(text))


def _blank(match: re.Match[str]) -> str:
    return _spaces(match[0])


def _spaces(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _link_text(match: re.Match[str]) -> str:
    if match[1]:  # a picture
        return _spaces(match[0])
    return f" {match[2]} " + " " * (len(match[0]) - len(match[2]) - 2)


def _without_names(text: str) -> str:
    """Blank speakers: a name in capitals before a colon, or one that opens several lines."""
    names = Counter(match[1] for match in _NAME.finditer(text))
    speakers = {name for name, count in names.items() if name.isupper() or count > 1}
    return _NAME.sub(lambda match: _spaces(match[0]) if match[1] in speakers else match[0], text)
