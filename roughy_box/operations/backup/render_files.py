"""Copies the files of completed renders into a backup while the server keeps working.

Between the copy of the database and the copy of a file, a render may have been deleted, or made again: its row is
deleted from the copy, or waits there to be made again. So does that of a render whose file the box has lost, and those
of all renders in a backup without them.
"""

from __future__ import annotations

import os
from pathlib import Path

from roughy_box.operations.backup import rows
from roughy_box.operations.backup.manifest import Entry, Problem
from roughy_box.operations.backup.rows import RenderRow
from roughy_box.operations.backup.sources import Source
from roughy_box.operations.backup.store import Store
from roughy_box.storage.copies import ReadError
from roughy_box.storage.folder import Folder
from roughy_box.storage.renders import RenderFiles


class RenderCopies:
    """Stores the files of renders."""

    def __init__(self, folder: Folder, store: Store) -> None:
        self._folder = folder
        self._files = RenderFiles(folder.root)
        self._store = store

    def store(self, copy: Path) -> list[Entry]:
        """Store the files of the completed renders in ``copy``."""
        completed = rows.completed_renders(copy)
        self._store.progress.expect(sum(render.size_bytes for render in completed))
        entries = {render.id: self._stored(render) for render in completed}
        absent = [render for render in completed if entries[render.id] is None]
        still = rows.still_completed(self._folder.database, [render.id for render in absent])
        rows.make_again(copy, [render.id for render in absent])
        for render in absent:
            if render.id in still:
                self._store.counts.problems.append(Problem(self._path(render), "is missing or damaged in the box"))
        return [entry for entry in entries.values() if entry]

    def _stored(self, render: RenderRow) -> Entry | None:
        file = self._files.path(render.asset_id, render.id, render.format)
        try:
            facts = os.lstat(file)
            if facts.st_size != render.size_bytes:
                return None
            return self._store.add(Source(self._path(render), file, facts, expected_size=render.size_bytes))
        except (FileNotFoundError, ReadError):
            return None

    def _path(self, render: RenderRow) -> str:
        file = self._files.path(render.asset_id, render.id, render.format)
        return file.relative_to(self._folder.root).as_posix()
