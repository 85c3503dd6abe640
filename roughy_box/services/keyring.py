"""Cache of the API keys of recent requests, so that a chunk does not wait for the database.

The command line revokes keys in another process and marks that in a file; its size and time are checked with each
request, in a thread: on a disk that hangs, even that takes for ever. Keys that are cached are believed then, for a
minute at most.
"""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from roughy_box.services import accounts

LONGEST = 60.0  # seconds a key is cached, in case the mark was lost
PATIENCE = 0.25  # seconds for the disk to answer

Mark = tuple[int, int]


class KeyRing:
    """The accounts of cached keys, by the digest of the key."""

    def __init__(self, root: Path) -> None:
        self._marks = _Marks(accounts.revocations(root))
        self._known: dict[str, str] = {}
        self._seen: Mark | None = None
        self._forget_at = 0.0

    async def account_of(self, secret: str) -> str | None:
        """Return the id of the account a key belongs to; ``None`` for unknown and revoked keys."""
        mark = await self._marks.latest()
        if (mark is not None and mark != self._seen) or time.monotonic() >= self._forget_at:
            self._known.clear()
            self._seen, self._forget_at = mark, time.monotonic() + LONGEST
        digest = accounts.digest(secret)
        if digest not in self._known:
            account_id = await accounts.authenticate(digest)
            if account_id is None:
                return None
            if mark is not None and mark == self._seen:
                self._known[digest] = account_id
            return account_id
        return self._known[digest]


class _Marks:
    """The file that grows with every revoked key. A thread of its own looks at it, as others may wait for the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="revocations")
        self._looks = 0
        self._answered_at = 0.0  # monotonic; or when the first look began that has no answer yet

    async def latest(self) -> Mark | None:
        """Return the size and the time of the file at some moment of this call, None where the disk does not answer."""
        if not self._looks:
            self._answered_at = time.monotonic()
        elif time.monotonic() - self._answered_at > PATIENCE:
            return None
        self._looks += 1
        look = asyncio.get_running_loop().run_in_executor(self._thread, self._look)
        look.add_done_callback(self._note_answer)
        await asyncio.wait({look}, timeout=PATIENCE)
        return look.result() if look.done() else None

    def _note_answer(self, _look: asyncio.Future[Mark | None]) -> None:
        self._looks -= 1
        self._answered_at = time.monotonic()

    def _look(self) -> Mark | None:
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return (0, 0)
        except OSError:
            return None
        return (status.st_size, status.st_mtime_ns)
