"""One child for each asset, killed when it takes too long."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from roughy_box.base.files import open_regular
from roughy_box.domain.asset import Failure, FailureCode, Preparation
from roughy_box.media.children import Child
from roughy_box.media.forks import Forks, Limits, give
from roughy_box.media.timeouts import fair_timeout
from roughy_box.media.verdict import is_duration, is_sentence, kind_from_json, parsed

_ATTEMPTS = 2

CRASHED = Failure(FailureCode.PROCESSING_CRASHED, "This file could not be prepared: reading it crashed twice.")
TIMED_OUT = Failure(FailureCode.PROCESSING_TIMEOUT, "This file could not be prepared in the time allowed.")


async def probe_file(forks: Forks, path: Path, *, timeout: float | None, memory_limit: int) -> Preparation | Failure:
    """The verdict on the file at ``path``.

    ``timeout`` is seconds for one attempt, by default 60 s of computing and 2 s per 100 MB, within four
    times as long; waiting for a processor is not counted. ``memory_limit`` is bytes. A crash or a time-out
    is tried once more.
    Cancelling kills the child at once.
    Errors: ``OSError`` when the file cannot be opened,
    :class:`~roughy_box.media.children.ChildError` when no child can be started.
    """
    with open(path, "rb", buffering=0, opener=open_regular) as file:
        size = os.fstat(file.fileno()).st_size
        limits = Limits.of(size, timeout, memory_limit)
        outcome = CRASHED
        for _ in range(_ATTEMPTS):
            try:
                return await forks.run("media-probe", lambda child: _attempt(child, file.fileno(), limits))
            except _Failed as failed:
                outcome = failed.failure
    return outcome


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        self.failure = failure


async def _attempt(child: Child, fd: int, limits: Limits) -> Preparation | Failure:
    """The verdict of ``child`` on the file ``fd``; raises :class:`_Failed` when it gives none."""
    try:
        async with fair_timeout(child.pid, limits.waiting):
            give(child, {}, fd, limits)
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
    match parsed(answer):
        case {"Preparation": {"kind": kind, "duration_ms": int(duration_ms)}} if is_duration(duration_ms):
            return Preparation(kind_from_json(kind), duration_ms)
        case {"Failure": {"code": "unreadable_media" | "corrupt_media" as code, "message": str(message)}} if (
            is_sentence(message)
        ):
            return Failure(FailureCode(code), message)
    raise ValueError("not a verdict")
