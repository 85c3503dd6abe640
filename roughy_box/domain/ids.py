"""Ids: UUIDs in their canonical form."""

from __future__ import annotations

import re

PATTERN = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

_ID = re.compile(PATTERN)


def is_id(text: str) -> bool:
    """Return whether ``text`` has the form of an id."""
    return bool(_ID.fullmatch(text))
