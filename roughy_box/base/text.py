"""Text from elsewhere, made safe to print."""

from __future__ import annotations

from typing import Any


def printable(text: str) -> str:
    """Return ``text`` with "?" for every character that a terminal could take for a command.

    Names of files, notes and errors of other programs come from anywhere.
    """
    return "".join(char if char.isprintable() else "?" for char in text)


def all_printable(content: Any) -> Any:
    """Return JSON content with every text in it :func:`printable`, names included."""
    match content:
        case str():
            return printable(content)
        case dict():
            return {printable(name): all_printable(value) for name, value in content.items()}
        case list():
            return [all_printable(each) for each in content]
    return content


def is_text(text: str) -> bool:
    """Return False for half a surrogate pair, which stands for a byte that is not UTF-8 and cannot be encoded."""
    return not any("\ud800" <= char <= "\udfff" for char in text)
