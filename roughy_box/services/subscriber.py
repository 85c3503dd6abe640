"""A subscriber of the event stream: one reader, and what is queued for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection

MOST_MESSAGES = 1000
MOST_BYTES = 1024 * 1024


class Subscriber:
    """A bounded queue of messages to one reader of an account.

    ``types``: the wanted ones. ``after``, ``until``: the numbers between which events are replayed; later ones are
    queued. ``cut`` is called when the subscription ends, for a reader that does not take what was sent.
    """

    def __init__(
        self, account_id: str, types: Collection[str], *, after: int, until: int, cut: Callable[[], None]
    ) -> None:
        self.account_id = account_id
        self.types = types
        self.after, self.until = after, until
        self.ended = False
        self._cut = cut
        self._queue: deque[bytes] = deque()
        self._size = 0
        self._ready = asyncio.Event()

    def put(self, message: bytes) -> bool:
        """Queue a message. Return False, and end the subscription, if too much is queued."""
        is_full = len(self._queue) >= MOST_MESSAGES or (self._queue and self._size + len(message) > MOST_BYTES)
        if is_full and not self.ended:
            self.end()
        if self.ended:
            return False
        self._queue.append(message)
        self._size += len(message)
        self._ready.set()
        return True

    def put_if_empty(self, message: bytes) -> None:
        """Queue a message that says nothing new."""
        if not self._queue:
            self.put(message)

    async def take(self) -> bytes:
        """Wait for messages and return all that are queued; nothing once the subscription has ended."""
        await self._ready.wait()
        if self.ended:
            return b""
        messages = b"".join(self._queue)
        self._queue.clear()
        self._size = 0
        self._ready.clear()
        return messages

    def end(self) -> None:
        """End the subscription; what is queued is dropped, and replayed when the reader resumes. Repeatable."""
        self.ended = True
        self._queue.clear()
        self._ready.set()
        self._cut()
