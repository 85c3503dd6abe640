"""Measures a file in a child: what it is and how long it plays."""

from __future__ import annotations

from pathlib import Path

from roughy_box.domain.asset import Failure, FailureCode, Preparation
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import JobCrashedError, JobTimeoutError, Limits, MediaJob, OnProgress, ignore_progress, run
from roughy_box.media.protocol import parse_json
from roughy_box.media.source import opened
from roughy_box.media.verdict import is_duration, is_sentence, kind_from_json

CRASHED = Failure(FailureCode.PROCESSING_CRASHED, "This file could not be prepared: reading it crashed twice.")
TIMED_OUT = Failure(FailureCode.PROCESSING_TIMEOUT, "This file could not be prepared in the time allowed.")


async def probe_file(
    server: ForkServer,
    path: Path,
    *,
    timeout: float | None,
    memory_limit: int,
    on_progress: OnProgress = ignore_progress,
) -> Preparation | Failure:
    """Return what the file at ``path`` is and how long it plays, or why it cannot be used.

    ``timeout`` is seconds for one attempt, by default 60 s of computing and 2 s per 100 MB, within four
    times as long; waiting for a processor is not counted. ``memory_limit`` is bytes. A crash or a timeout is
    tried once more.
    Cancelling kills the child at once.
    Errors: ``OSError`` when the file cannot be opened,
    :class:`~roughy_box.media.children.ChildError` when no child can be started.
    """
    async with opened(path) as source:
        job = MediaJob("probe", source.descriptor, Limits.of(source.size, timeout, memory_limit))
        try:
            return await run(server, job, _outcome, on_progress)
        except JobTimeoutError:
            return TIMED_OUT
        except JobCrashedError:
            return CRASHED


def _outcome(result: bytes) -> Preparation | Failure:
    match parse_json(result):
        case {"Preparation": {"kind": kind, "duration_ms": int(duration_ms)}} if is_duration(duration_ms):
            return Preparation(kind_from_json(kind), duration_ms)
        case {"Failure": {"code": "unreadable_media" | "corrupt_media" as code, "message": str(message)}} if (
            is_sentence(message)
        ):
            return Failure(FailureCode(code), message)
    raise ValueError("not a verdict")
