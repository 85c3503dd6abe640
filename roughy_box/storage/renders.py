"""Renders: their plans and sums in SQL, and their files in ``renders/``, a folder for each asset. File calls block.

A file is written under a temporary name, synced and renamed before its row says ``completed``; rows go before files.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from roughy_box.base.files import NEW, entries, make_folder, publish, size_of_regular, sync_folder, written
from roughy_box.domain import ids
from roughy_box.storage.database import execute, fetch, statement

FOLDER = "renders"
CONTENT_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "m4a": "audio/mp4", "mp3": "audio/mpeg"}

_FORMATS = "|".join(CONTENT_TYPES)
_NAME = re.compile(rf"({ids.PATTERN})\.({_FORMATS})")
_UNFINISHED = re.compile(rf"\.({ids.PATTERN})\.({_FORMATS}){re.escape(NEW)}")
# What has no file any more waits to be made again, as does every render in a backup without their files.
SET_LOST = """UPDATE render SET state = 'pending', started_at = NULL, completed_at = NULL, size_bytes = NULL,
              duration_ms = NULL, warnings = '[]' WHERE state = 'completed'"""
_OPEN = "state IN ('pending', 'processing')"


class RenderFiles:
    """The renders of one data folder, named by asset, render and format."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

    def path(self, asset_id: str, render_id: str, format: str) -> Path:
        """Return where the file is or will be."""
        return self._folder / asset_id / f"{render_id}.{format}"

    def size(self, asset_id: str, render_id: str, format: str) -> int | None:
        """Return the size of a file in bytes, None where there is none, but a link or a folder, say."""
        return size_of_regular(self.path(asset_id, render_id, format))

    @contextmanager
    def written(self, asset_id: str, render_id: str, format: str) -> Iterator[IO[bytes]]:
        """Open a new file to write and read; it is deleted at the end unless :meth:`publish` gave it its name."""
        path = self.path(asset_id, render_id, format)
        make_folder(path.parent)
        with written(path, 0o644) as file:
            yield file

    def publish(self, file: IO[bytes], asset_id: str, render_id: str, format: str) -> None:
        """Give a file that was written its name, durably."""
        path = self.path(asset_id, render_id, format)
        publish(file, path)
        for folder in (path.parent, self._folder, self._folder.parent):
            sync_folder(folder)

    def remove(self, asset_id: str, render_id: str, format: str) -> None:
        """Delete a file. Repeatable."""
        self.path(asset_id, render_id, format).unlink(missing_ok=True)

    def remove_all(self, asset_id: str) -> None:
        """Delete all renders of an asset. Repeatable."""
        folder = self._folder / asset_id
        if folder.exists():
            shutil.rmtree(folder)

    def remove_unfinished(self) -> None:
        """Delete what a process that was killed was writing, and folders that are empty."""
        for folder in self._folders():
            for entry in entries(folder):
                if _UNFINISHED.fullmatch(entry.name):
                    os.unlink(entry.path)
            with suppress(OSError):
                folder.rmdir()

    def stored(self) -> Iterator[tuple[str, Path]]:
        """Yield every finished file with the id of its render; other files are passed over."""
        for folder in self._folders():
            for entry in entries(folder):
                if match := _NAME.fullmatch(entry.name):
                    yield match[1], Path(entry.path)

    def _folders(self) -> Iterator[Path]:
        for entry in entries(self._folder) if self._folder.exists() else ():
            if ids.is_id(entry.name) and entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)


async def add_plan(render_id: str, segments: str, source: str) -> None:
    """Store the plan of a render, unless it has one: the bytes of an asset never change."""
    await execute(
        "INSERT INTO render_plan (render_id, segments, source) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        render_id,
        segments,
        source,
    )


async def read_plan(render_id: str) -> tuple[str, str] | None:
    """Return the segments of a render and the description of its source."""
    rows = await fetch("SELECT segments, source FROM render_plan WHERE render_id = ?", render_id)
    return (rows[0]["segments"], rows[0]["source"]) if rows else None


@statement
async def set_lost(render_id: str) -> None:
    """Have a completed render made again, as its file is gone."""
    await execute(f"{SET_LOST} AND id = ?", render_id)


async def existing(render_ids: Collection[str]) -> set[str]:
    """Return those of the ids whose render exists."""
    query = "SELECT id FROM render WHERE id IN (SELECT value FROM json_each(?))"
    return {row["id"] for row in await fetch(query, json.dumps([*render_ids]))}


async def count_open(account_id: str) -> int:
    """Return how many renders of an account wait or run."""
    rows = await fetch(f"SELECT count(*) AS total FROM render WHERE {_OPEN} AND account_id = ?", account_id)
    return int(rows[0]["total"])


async def estimated() -> int:
    """Return the bytes that all renders may take that wait or run."""
    rows = await fetch(f"SELECT coalesce(sum(estimate), 0) AS total FROM render WHERE {_OPEN}")
    return int(rows[0]["total"])
