"""What an id looks like: a UUID in its canonical form."""

from __future__ import annotations

import re

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether ``text`` could be an id of ours; anything else names nothing."""
    return bool(_ID.fullmatch(text))
