"""The file that a child is to read, opened in a thread: on a disk that hangs, even that takes for ever."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from roughy_box.base.files import open_regular


@dataclass(frozen=True, slots=True)
class Source:
    """An open file: its descriptor, and its size in bytes."""

    descriptor: int
    size: int


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Source]:
    """Open a file while the block runs. Errors: ``OSError``, also for anything but a regular file."""
    opening = asyncio.ensure_future(asyncio.to_thread(_open, path))
    try:
        source = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise
    try:
        yield source
    finally:
        await asyncio.to_thread(os.close, source.descriptor)


def _open(path: Path) -> Source:
    descriptor = open_regular(str(path), os.O_RDONLY | os.O_CLOEXEC)
    try:
        return Source(descriptor, os.fstat(descriptor).st_size)
    except OSError:
        os.close(descriptor)
        raise


def _close(opening: asyncio.Future[Source]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        os.close(opening.result().descriptor)
