"""The name of an asset: that of the file it came from. Source: contract, section 3, "Names".

Clients choose it, so it is made safe for each place where it is printed or sent in a header.
"""

from __future__ import annotations

import re
import unicodedata

from roughy_box.domain.controls import CONTROLS

LONGEST = 255  # characters
REFUSED = rf"{CONTROLS}/\\"  # as a class of a regular expression: control characters, path separators
_REFUSED = re.compile(f"[{REFUSED}\ud800-\udfff]")


def parse_name(text: str) -> str:
    """Return the name without the white space around it. Errors: :class:`ValueError` with what it must be."""
    name = text.strip()
    if not 1 <= len(name) <= LONGEST:
        raise ValueError(f"must have 1 to {LONGEST} characters")
    if _REFUSED.search(name):
        raise ValueError("must not contain control characters or path separators")
    return name


def name_of_file(file_name: str) -> str | None:
    """Return a valid name for the asset of a file, as close to its own name as possible; ``None`` if nothing is left.

    File systems allow more than names do: control characters, and bytes that are not UTF-8 (lone surrogates here).
    """
    return _REFUSED.sub("_", file_name.strip())[:LONGEST].strip() or None


def folded(text: str) -> str:
    """Return the form in which names are compared: without case, composed (Unicode 15.0, section 3.13, D145).

    macOS stores names decomposed, other systems composed. Composed, "u" is not a part of "ü".
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
