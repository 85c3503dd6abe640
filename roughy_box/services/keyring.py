"""Cache of the API keys of recent requests, so that a chunk does not wait for the database.

The command line revokes keys in another process, and waits until the key ring has forgotten them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from roughy_box.services import accounts, revocations

LONGEST = 60.0  # seconds a key is cached, in case no word of its revocation came


class KeyRing:
    """The accounts of cached keys, by the digest of the key."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, str] = {}
        self._seen = b""
        self._forget_at = 0.0

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Forget revoked keys while the block runs."""
        watcher = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher

    async def account_of(self, secret: str) -> str | None:
        """Return the id of the account a key belongs to; ``None`` for unknown and revoked keys."""
        if time.monotonic() >= self._forget_at:
            self._forget()
        digest, known = accounts.digest(secret), self._known
        account_id = known.get(digest)
        if account_id is None and (account_id := await accounts.authenticate(digest)):
            known[digest] = account_id  # without effect where the key was revoked meanwhile: all that is forgotten
        return account_id

    async def _watch(self) -> None:
        """Look for word of revoked keys in a thread, as a disk that hangs must hold up nobody."""
        while True:
            with suppress(OSError):
                latest = await asyncio.to_thread(revocations.latest, self._root)
                if latest != self._seen:
                    self._forget()
                    await asyncio.to_thread(revocations.confirm, self._root, latest)
                    self._seen = latest
            await asyncio.sleep(revocations.LOOK_EVERY)

    def _forget(self) -> None:
        self._known = {}
        self._forget_at = time.monotonic() + LONGEST
