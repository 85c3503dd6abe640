"""Work that must not be broken off halfway.

Sanic cancels a handler when its client goes away, APScheduler cancels its jobs when it stops.
Half a use case would leave a row without its bytes, or a database lock that nobody gives back.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

_running: set[asyncio.Task[Any]] = set()


async def run_to_completion(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end even if the caller is cancelled meanwhile."""
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    task.add_done_callback(retrieve_exception)
    return await asyncio.shield(task)


async def wait_uncancelled(work: Awaitable[T]) -> T:
    """Wait for ``work``, and be cancelled only when it has ended: nobody can break off what a thread does."""
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


async def wait_for_all() -> None:
    """Wait for the work whose callers have gone."""
    while _running:
        await asyncio.wait(set(_running))


def retrieve_exception(task: asyncio.Task[Any]) -> None:
    """Once ``task`` is done, have asyncio not report what only a caller that has gone would have seen."""
    if not task.cancelled():
        task.exception()


def lower_thread_priority(niceness: int) -> None:
    """Let other threads and processes go before the calling thread; where a thread has no priority of its own, not."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
