"""Threads that move bytes between sockets and files: two for any number of transfers, each job a short turn."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from roughy_box.base.tasks import wait_uncancelled

T = TypeVar("T")

COUNT = 2
LINGER = 2  # milliseconds
MOST = 64 * 1024**2  # bytes that a job moves when no other waits


class Workers:
    """A small pool that knows whether jobs are waiting.

    ``turn``: the bytes that a job moves before the next one gets its turn.
    """

    def __init__(self, name: str, turn: int, initializer: Callable[[], None] | None = None) -> None:
        self._turn = turn
        self._pool = ThreadPoolExecutor(COUNT, name, initializer)
        self._lock = threading.Lock()
        self._waiting = 0

    async def run(self, job: Callable[..., T], *args: Any) -> T:
        """Run ``job`` in a worker. Returns or is cancelled only once it has ended."""
        self._count(1)
        return await wait_uncancelled(asyncio.get_running_loop().run_in_executor(self._pool, self._begin, job, *args))

    def is_turn_over(self, moved: int) -> bool:
        """In a job that has moved so many bytes, return whether it has to end for one that waits."""
        return moved >= self._turn and self._are_wanted()

    def linger(self, connection: socket.socket, events: int) -> bool:
        """In a job, wait a moment for events of a socket, unless another job waits. Return whether they came.

        A fast client has more ready at once, and a switch to the event loop and back would cost more than the wait.
        """
        if self._are_wanted():
            return False
        poll = select.poll()
        poll.register(connection, events)
        return bool(poll.poll(LINGER))

    def _are_wanted(self) -> bool:
        return self._waiting > 0

    def _begin(self, job: Callable[..., T], *args: Any) -> T:
        self._count(-1)
        return job(*args)

    def _count(self, change: int) -> None:
        with self._lock:
            self._waiting += change


def wake(ready: asyncio.Future[None]) -> None:
    """End a wait for a socket, once."""
    if not ready.done():
        ready.set_result(None)
