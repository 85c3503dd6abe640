"""Describes a file for timelines, in a child."""

from __future__ import annotations

from pathlib import Path

from roughy_box.domain.asset import MediaType
from roughy_box.media.description import Description
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import Limits, MediaJob, OnProgress, ignore_progress, run
from roughy_box.media.protocol import parse_json
from roughy_box.media.source import opened


class UnreadableError(Exception):
    """The file was prepared once and does not open any more."""


async def describe(
    server: ForkServer,
    path: Path,
    media_type: MediaType,
    duration_ms: int,
    *,
    timeout: float | None,
    memory_limit: int,
    on_progress: OnProgress = ignore_progress,
) -> Description:
    """Return the description of a prepared file.

    ``timeout`` and ``memory_limit`` as for a probe. Errors: :class:`UnreadableError`; ``OSError`` when the file
    cannot be opened; :class:`~roughy_box.media.jobs.JobError`;
    :class:`~roughy_box.media.children.ChildError` when no child can be started.
    """
    async with opened(path) as source:
        limits = Limits.of(source.size, timeout, memory_limit)
        arguments = {"type": media_type, "duration_ms": duration_ms}
        found = await run(server, MediaJob("describe", source.descriptor, limits, arguments), _checked, on_progress)
    if found is None:
        raise UnreadableError
    return found


def _checked(result: bytes) -> Description | None:
    return None if parse_json(result) is None else Description.from_json(result)
