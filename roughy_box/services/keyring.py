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
        digest, seen = accounts.digest(secret), self._seen
        if digest not in self._known:
            account_id = await accounts.authenticate(digest)
            if account_id is None:
                return None
            if seen == self._seen:
                self._known[digest] = account_id
            return account_id
        return self._known[digest]

    async def _watch(self) -> None:
        """Look for word of revoked keys in a thread, as a disk that hangs must hold up nobody."""
        while True:
            with suppress(OSError):
                latest = await asyncio.to_thread(revocations.latest, self._root)
                if latest != self._seen:
                    self._seen = latest
                    self._forget()
                    await self._confirm()
            await asyncio.sleep(revocations.LOOK_EVERY)

    async def _confirm(self) -> None:
        try:
            await asyncio.to_thread(revocations.confirm, self._root, self._seen)
        except OSError:
            self._seen = b""  # to be tried again
            raise

    def _forget(self) -> None:
        self._known.clear()
        self._forget_at = time.monotonic() + LONGEST
