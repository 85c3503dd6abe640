"""Text that every format can carry: on one line, without the characters that XML refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction

_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, section 2.2
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def clean(text: str) -> str:
    """Return the text with a replacement sign for each character that XML refuses."""
    return _REFUSED.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Return the text with every run of white space as one space, and nothing that XML refuses."""
    return clean(" ".join(text.split()))


def has_control(text: str) -> bool:
    """Return True for text with control characters, line ends, or characters that no file can carry."""
    return bool(_CONTROL.search(text) or _REFUSED.search(text))


def shortened(text: str, length: int) -> str:
    """Return the text on one line of at most ``length`` characters."""
    line = one_line(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "\u2026"


def seconds(value: float | Fraction) -> float:
    """Return seconds as a number with at most 6 decimals."""
    return round(float(value), 6)


def json_lines(document: Mapping[str, object]) -> str:
    """Return JSON with a line for each member and each item of a list; indented, it would take four times as long."""
    members = (f"{_ENCODER.encode(name)}: {_lines(value)}" for name, value in document.items())
    return "{\n" + ",\n".join(members) + "\n}\n"


def _lines(value: object) -> str:
    if not isinstance(value, list) or not value:
        return _ENCODER.encode(value)
    return "[\n " + ",\n ".join(map(_ENCODER.encode, value)) + "\n]"
