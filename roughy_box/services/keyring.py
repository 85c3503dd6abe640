"""Cache of the API keys of recent requests, so that a chunk does not wait for the database.

The command line revokes keys in another process and marks that in a file; its size and time are
checked with each request, which takes microseconds.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from roughy_box.services import accounts

LONGEST = 60.0  # seconds a key is cached, in case the mark was lost


class KeyRing:
    """The accounts of cached keys, by the digest of the key."""

    def __init__(self, root: Path) -> None:
        self._marks = accounts.revocations(root)
        self._known: dict[str, str] = {}
        self._seen: tuple[int, int] | None = None
        self._forget_at = 0.0

    async def account_of(self, secret: str) -> str | None:
        """Return the id of the account a key belongs to; ``None`` for unknown and revoked keys."""
        mark = self._latest_mark()
        if mark != self._seen or time.monotonic() >= self._forget_at:
            self._known.clear()
            self._seen, self._forget_at = mark, time.monotonic() + LONGEST
        digest = accounts.digest(secret)
        if digest not in self._known:
            account_id = await accounts.authenticate(digest)
            if account_id is None:
                return None
            if mark == self._seen:
                self._known[digest] = account_id
            return account_id
        return self._known[digest]

    def _latest_mark(self) -> tuple[int, int]:
        try:
            status = os.stat(self._marks)
        except FileNotFoundError:
            return (0, 0)
        return (status.st_size, status.st_mtime_ns)
