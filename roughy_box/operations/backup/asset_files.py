"""Copies the bytes of assets into a backup while the server keeps working.

Between the copy of the database and the copy of a file, the server may have changed it:

- Its asset was deleted. The row is deleted from the copy, as if that had happened a moment earlier, so
  that every row of a restored box has its bytes; the charge stays in the ledger.
- It moved from ``incoming`` to the media: both places are searched.
- It belongs to an open upload and grows: it is copied up to its size at that time, never linked, and
  the client of a restored box continues from there. If it is complete by then, so it is in the copy.
"""

from __future__ import annotations

from pathlib import Path

from roughy_box.operations.asset_rows import AssetRow
from roughy_box.operations.backup import rows
from roughy_box.operations.backup.manifest import Entry, Problem
from roughy_box.operations.backup.sources import Source, Sources
from roughy_box.operations.backup.store import Store
from roughy_box.storage.copies import ReadError
from roughy_box.storage.folder import Folder

ATTEMPTS = 3  # a file moves only once, so a second look finds it


class AssetFiles:
    """Stores the bytes of assets."""

    def __init__(self, folder: Folder, store: Store) -> None:
        self._folder = folder
        self._sources = Sources(folder)
        self._stored = store
        self._entries: list[Entry] = []
        self._complete: list[str] = []

    def store(self, copy: Path) -> list[Entry]:
        """Store the files of the assets in ``copy``, and delete those assets from it that are gone by now."""
        assets = rows.assets_with_bytes(copy)
        self._stored.progress.expect(sum(asset.size_bytes or 0 for asset in assets))
        absent = [asset for asset in assets if not self._store(asset)]
        existing = rows.existing_ids(self._folder.database, [asset.id for asset in absent])
        rows.delete_assets(copy, [asset.id for asset in absent if asset.id not in existing])
        rows.complete_uploads(copy, self._complete)
        for asset in absent:
            if asset.id in existing and not asset.is_open:
                self._note_loss(asset, "is missing in the box")
        return self._entries

    def _store(self, asset: AssetRow) -> bool:
        """Store the bytes of one asset; return False if they are gone."""
        for _ in range(ATTEMPTS):
            try:
                if source := self._sources.find(asset):
                    self._add(asset, source)
                return True
            except FileNotFoundError:
                continue
            except ReadError as error:
                self._note_loss(asset, f"cannot be read: {error.strerror}")
                return True
        return False

    def _add(self, asset: AssetRow, source: Source) -> None:
        entry = self._stored.add(source)
        size = source.facts.st_size
        if asset.is_open and entry.size == asset.declared_size:
            if asset.extension is None:
                return  # all of it came after the copy, which does not even know its type
            self._complete.append(asset.id)
        self._entries.append(entry)
        if asset.size_bytes not in (None, size):
            self._add_problem(source.path, f"has {size} bytes in the box instead of {asset.size_bytes}", asset, entry)
        elif asset.sha256 not in (None, entry.sha256):
            self._add_problem(source.path, "has changed since it was prepared", asset, entry)

    def _note_loss(self, asset: AssetRow, what: str) -> None:
        """Note that the box cannot provide a file; keep the one of the backup, if it has it."""
        path = self._sources.path_of(asset)
        old = self._stored.previous(path)
        if old and (asset.is_open or old.size == asset.size_bytes):
            self._entries.append(old)
            self._stored.counts.kept += 1
        else:
            old = None
        self._add_problem(path, what, asset, old)

    def _add_problem(self, path: str, what: str, asset: AssetRow, entry: Entry | None) -> None:
        is_good = entry and entry.size == asset.size_bytes and asset.sha256 in (None, entry.sha256)
        self._stored.counts.problems.append(Problem(path, f"{what}; the backup has a good copy" if is_good else what))
