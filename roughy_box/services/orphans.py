"""Orphans: files that a crash left between the deletion of a row and that of its bytes.

Rows always come before their files, so a file without a row has no future.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from roughy_box.services.box import Box
from roughy_box.storage.assets import with_files
from roughy_box.storage.renders import existing

BATCH = 500  # files a query


async def reap(box: Box) -> None:
    """Delete files whose asset is gone or was rejected, and those whose render is gone."""
    await _reap(box, chain(box.blobs.stored(), box.artifacts.stored()), with_files)
    await _reap(box, box.renders.stored(), existing)


async def _reap(
    box: Box, files: Iterator[tuple[str, Path]], needed: Callable[[Collection[str]], Awaitable[set[str]]]
) -> None:
    while batch := await asyncio.to_thread(lambda: [*islice(files, BATCH)]):
        kept = await needed({owner for owner, _ in batch})
        orphans = [path for owner, path in batch if owner not in kept]
        if orphans:
            await asyncio.to_thread(_unlink, orphans)
        if box.draining:
            return


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
