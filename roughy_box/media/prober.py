"""One child for each asset, killed when it takes too long; a spare one waits to start at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from pathlib import Path

from roughy_box.domain.asset import Failure, FailureCode, Preparation
from roughy_box.media import jobs, process
from roughy_box.media.jobs import Limits
from roughy_box.media.patience import patience
from roughy_box.media.process import Child
from roughy_box.media.verdict import is_sentence, kind_from_json

_ATTEMPTS = 2

CRASHED = Failure(FailureCode.PROCESSING_CRASHED, "This file could not be prepared: reading it crashed twice.")
TIMED_OUT = Failure(FailureCode.PROCESSING_TIMEOUT, "This file could not be prepared in the time allowed.")


class Prober:
    """Prepares assets, each in a process of its own, and keeps one spare process warm.

    Loading ffmpeg takes about a tenth of a second; with a spare nobody waits for it.
    """

    def __init__(self) -> None:
        self._spare: asyncio.Task[Child] | None = None

    async def start(self) -> None:
        """Have the spare ready.

        Errors: :class:`~roughy_box.media.process.ChildError` when it does not start.
        """
        self._spare = self._spare or asyncio.create_task(_start())
        await asyncio.shield(self._spare)

    async def probe_file(self, path: Path, *, timeout: float | None, memory_limit: int) -> Preparation | Failure:
        """The verdict on the file at ``path``.

        ``timeout`` is seconds for one attempt, by default 60 s of computing and 2 s per 100 MB, within four
        times as long; waiting for a processor is not counted. ``memory_limit`` is bytes. A crash or a time-out
        is tried once more.
        Cancelling kills the child at once.
        Errors: ``OSError`` when the file cannot be opened,
        :class:`~roughy_box.media.process.ChildError` when no child can be started.
        """
        with open(path, "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            limits = Limits.of(size, timeout, memory_limit)
            outcome = CRASHED
            for _ in range(_ATTEMPTS):
                child = await self._take()
                try:
                    return await _attempt(child, file.fileno(), limits)
                except _Failed as failed:
                    outcome = failed.failure
                finally:
                    await child.end()
        return outcome

    async def close(self) -> None:
        """End the spare."""
        spare, self._spare = self._spare, None
        if spare:
            await _discard(spare)

    async def _take(self) -> Child:
        """The spare, if there is one that lives; the next one is started meanwhile."""
        spare, self._spare = self._spare, None
        if not spare:
            return await _start()
        self._spare = asyncio.create_task(_start())
        try:
            child = await spare
        except process.ChildError:
            return await _start()
        except asyncio.CancelledError:
            await _discard(spare)
            raise
        if child.is_alive():
            return child
        await child.end()
        return await _start()


async def probe_file(path: Path, *, timeout: float | None, memory_limit: int) -> Preparation | Failure:
    """:meth:`Prober.probe_file` without a spare child."""
    return await Prober().probe_file(path, timeout=timeout, memory_limit=memory_limit)


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        self.failure = failure


async def _start() -> Child:
    return await process.start("media-probe")


async def _discard(spare: asyncio.Task[Child]) -> None:
    spare.cancel()
    with contextlib.suppress(asyncio.CancelledError, process.ChildError):
        await (await spare).end()


async def _attempt(child: Child, fd: int, limits: Limits) -> Preparation | Failure:
    """The verdict of ``child`` on the file ``fd``; raises :class:`_Failed` when it gives none."""
    try:
        async with patience(child.pid, limits.waiting):
            jobs.give(child, {}, fd, limits)
            if answer := await child.read_line():
                return _outcome(answer)
            status = await child.status()
    except TimeoutError:
        raise _Failed(TIMED_OUT) from None
    except (ConnectionError, ValueError):
        raise _Failed(CRASHED) from None
    raise _Failed(TIMED_OUT if status == -signal.SIGXCPU else CRASHED)


def _outcome(answer: bytes) -> Preparation | Failure:
    """What the child wrote, taken apart with care: hostile media may have taken it over."""
    match json.loads(answer):
        case {"Preparation": {"kind": kind, "duration_ms": int(duration_ms)}} if duration_ms > 0:
            return Preparation(kind_from_json(kind), duration_ms)
        case {"Failure": {"code": "unreadable_media" | "corrupt_media" as code, "message": str(message)}} if (
            is_sentence(message)
        ):
            return Failure(FailureCode(code), message)
    raise ValueError("not a verdict")
