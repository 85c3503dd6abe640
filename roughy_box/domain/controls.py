"""The control characters that no name and no note of the API may have. Source: contract, section 3, "Names"."""

from __future__ import annotations

import re

# As a class of a regular expression. The last two ranges turn the direction of writing: with one of these, a name can
# look like another, and turn the rest of a sentence. The marks U+200E, U+200F and U+061C do neither.
CONTROLS = r"\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
_REFUSED = re.compile(f"[{CONTROLS}\ud800-\udfff]")


def has_controls(text: str) -> bool:
    """Return True for text with control characters, or with half a surrogate pair."""
    return _REFUSED.search(text) is not None
