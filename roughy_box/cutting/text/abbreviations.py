"""English abbreviations as the words that are said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from roughy_box.cutting.text.figures import Figure

_WORDS = {
    "mr": "mister",
    "mrs": "missus",
    "ms": "miss",
    "dr": "doctor",
    "prof": "professor",
    "vs": "versus",
    "etc": "et cetera",
    "approx": "approximately",
    "jr": "junior",
    "sr": "senior",
    "dept": "department",
    "ave": "avenue",
    "inc": "incorporated",
    "ltd": "limited",
    "corp": "corporation",
    "gov": "governor",
    "gen": "general",
    "capt": "captain",
    "lt": "lieutenant",
    "sgt": "sergeant",
    "mt": "mount",
}
# With a point they are abbreviations, without one they may be words of another language.
_POINTED = re.compile(rf"\b({'|'.join(_WORDS)})\.", re.IGNORECASE)
_LATIN = re.compile(r"\b(e\.g\.|i\.e\.)", re.IGNORECASE)
_SAID_LATIN = {"e.g.": "for example", "i.e.": "that is"}
_SAINT = re.compile(r"\bSt\.(?= [A-Z])")
_STREET = re.compile(r"\bSt\.(?! [A-Z])")
_NUMBER = re.compile(r"\bNo\.(?= ?[0-9])")
_LETTERS = re.compile(r"\b(?:[a-z]\.){2,}", re.IGNORECASE)  # U.S.A., p.m.


def abbreviations(text: str) -> Iterator[Figure]:
    """Yield the abbreviations of ``text``, kind by kind; the first of two that overlap counts."""
    for match in _LATIN.finditer(text):
        yield Figure(_SAID_LATIN[match[0].lower()].split(), match.start(), match.end())
    for match in _POINTED.finditer(text):
        yield Figure(_WORDS[match[1].lower()].split(), match.start(), match.end())
    for pattern, said in ((_SAINT, "saint"), (_STREET, "street"), (_NUMBER, "number")):
        yield from (Figure([said], match.start(), match.end()) for match in pattern.finditer(text))
    for match in _LETTERS.finditer(text):
        yield Figure([match[0].replace(".", "").lower()], match.start(), match.end())
