"""Work that must not be interrupted.

Sanic cancels a handler when its client disconnects, APScheduler cancels its jobs when it stops.
Half a use case would leave a row without its bytes, or a database lock that is never released.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

_running: set[asyncio.Task[Any]] = set()


async def run_to_completion(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to completion even if the caller is cancelled."""
    task = _started(work)
    task.add_done_callback(retrieve_exception)
    return await asyncio.shield(task)


def start_to_completion(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work`` to completion in the background; an exception is logged."""
    _started(work).add_done_callback(log_exception)


def _started(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


def log_exception(task: asyncio.Task[Any]) -> None:
    """Log the exception of a finished task that no caller waits for."""
    if not task.cancelled() and (error := task.exception()):
        log.error("work in the background failed: %s", error, exc_info=error)


async def wait_uncancelled(work: Awaitable[T], on_cancel: Callable[[], None] | None = None) -> T:
    """Wait for ``work``, and raise a cancellation only once it has ended: a thread cannot be interrupted.

    ``on_cancel`` is called at the cancellation, to have the work end soon.
    """
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if on_cancel:
            on_cancel()
        await asyncio.wait({running})
        retrieve_exception(running)
        raise


async def wait_for_all() -> None:
    """Wait for all work of cancelled callers."""
    while _running:
        await asyncio.wait(set(_running))


def retrieve_exception(task: asyncio.Future[Any]) -> None:
    """Retrieve the exception of a finished task, so that asyncio does not report it as never retrieved."""
    if not task.cancelled():
        task.exception()


def lower_thread_priority(niceness: int) -> None:
    """Raise the niceness of the calling thread; does nothing where threads have no priority of their own."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
