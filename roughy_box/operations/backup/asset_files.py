"""Copies the bytes of assets into a backup while the server keeps working.

Between the copy of the database and the copy of a file, the server may have changed it:

- Its asset was deleted. The row is deleted from the copy, as if that had happened a moment earlier, so
  that every row of a restored box has its bytes; the charge stays in the ledger.
- It moved from ``incoming`` to the media: both places are searched.
- It belongs to an open upload and grows: it is copied up to its size at that time, never linked, and
  the client of a restored box continues from there. If it is complete by then, so it is in the copy.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from roughy_box.base.progress import Progress
from roughy_box.operations.asset_rows import AssetRow
from roughy_box.operations.backup import rows
from roughy_box.operations.backup.destination import STATE, Destination
from roughy_box.operations.backup.manifest import Entry, Problem
from roughy_box.operations.backup.sources import Source, Sources
from roughy_box.services.checksums import sha256_of
from roughy_box.storage.copies import ReadError, link_file
from roughy_box.storage.folder import Folder

ATTEMPTS = 3  # a file moves only once, so a second look finds it


@dataclass
class Counts:
    """Numbers of files by the way they were stored, and those with problems."""

    copied: int = 0
    linked: int = 0
    kept: int = 0
    problems: list[Problem] = field(default_factory=list)


class AssetFiles:
    """Stores the bytes of assets, each in the cheapest safe way."""

    def __init__(
        self,
        folder: Folder,
        destination: Destination,
        before: dict[str, Entry],
        number: int,
        *,
        copies: bool,
        progress: Progress,
    ) -> None:
        self.counts = Counts()
        self._folder = folder
        self._sources = Sources(folder)
        self._destination = destination
        self._before = before
        self._number = number
        self._copies = copies
        self._progress = progress
        self._entries: list[Entry] = []
        self._complete: list[str] = []

    def store(self, copy: Path) -> list[Entry]:
        """Store the files of the assets in ``copy``, and delete those assets from it that are gone by now."""
        assets = rows.assets_with_bytes(copy)
        self._progress.expect(sum(asset.size_bytes or 0 for asset in assets))
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
                    self._add(source)
                return True
            except FileNotFoundError:
                continue
            except ReadError as error:
                self._note_loss(asset, f"cannot be read: {error.strerror}")
                return True
        return False

    def _add(self, source: Source) -> None:
        entry = self._kept(source) or self._linked(source) or self._found(source) or self._copied(source)
        asset, size = source.asset, source.facts.st_size
        if asset.is_open and entry.size == asset.declared_size:
            if asset.extension is None:
                return  # all of it came after the copy, which does not even know its type
            self._complete.append(asset.id)
        self._entries.append(entry)
        if asset.size_bytes not in (None, size):
            self._add_problem(source.path, f"has {size} bytes in the box instead of {asset.size_bytes}", asset, entry)
        elif asset.sha256 not in (None, entry.sha256):
            self._add_problem(source.path, "has changed since it was prepared", asset, entry)

    def _kept(self, source: Source) -> Entry | None:
        """Return the entry of a file that the backup has already."""
        old = self._before.get(source.path)
        if old is None or not self._is_there(old):
            return None
        unchanged = (old.size, old.mtime_ns) == (source.facts.st_size, source.facts.st_mtime_ns)
        if not unchanged and old.sha256 != source.asset.sha256:
            return None
        if self._copies and self._is_linked(source, old.stored):
            return None
        self.counts.kept += 1
        self._progress.advance(old.size)
        return old

    def _linked(self, source: Source) -> Entry | None:
        stored = self._free_place(source)
        target = self._destination.place(stored)
        if self._copies or source.may_grow or not link_file(source.file, target):
            return None
        self.counts.linked += 1
        sha256 = source.sha256
        if sha256:
            self._progress.advance(source.facts.st_size)
        return source.entry(stored, source.facts.st_size, sha256 or sha256_of(target, self._progress))

    def _found(self, source: Source) -> Entry | None:
        """Find the copy of an interrupted run: read again instead of copied again."""
        size, sha256 = source.facts.st_size, source.sha256
        if sha256 is None or not self._has(source.path, size) or self._is_linked(source, source.path):
            return None
        if sha256_of(self._destination.place(source.path)) != sha256:
            return None
        self.counts.kept += 1
        self._progress.advance(size)
        return source.entry(source.path, size, sha256)

    def _copied(self, source: Source) -> Entry:
        # The bytes of an open upload were not in the expected total.
        progress = Progress() if source.asset.is_open else self._progress
        stored = self._free_place(source)
        entry = self._destination.copy_in(source.file, source.facts, source.path, stored, source.mode, progress)
        self.counts.copied += 1
        return entry

    def _free_place(self, source: Source) -> str:
        """Return where to store a file without replacing one of the previous state."""
        old = self._before.get(source.path)
        is_taken = old and old.stored == source.path and old.sha256 != source.sha256 and self._is_there(old)
        changes = source.path.startswith("incoming/")
        return f"{STATE}/{self._number}/{source.path}" if is_taken or changes else source.path

    def _note_loss(self, asset: AssetRow, what: str) -> None:
        """Note that the box cannot provide a file; keep the one of the backup, if it has it."""
        path = self._sources.path_of(asset)
        old = self._before.get(path)
        if old and self._is_there(old) and (asset.is_open or old.size == asset.size_bytes):
            self._entries.append(old)
            self.counts.kept += 1
        else:
            old = None
        self._add_problem(path, what, asset, old)

    def _add_problem(self, path: str, what: str, asset: AssetRow, entry: Entry | None) -> None:
        is_good = entry and entry.size == asset.size_bytes and asset.sha256 in (None, entry.sha256)
        self.counts.problems.append(Problem(path, f"{what}; the backup has a good copy" if is_good else what))

    def _is_there(self, entry: Entry) -> bool:
        return self._has(entry.stored, entry.size)

    def _has(self, stored: str, size: int) -> bool:
        try:
            facts = os.lstat(self._destination.root / stored)
        except OSError:
            return False
        return stat.S_ISREG(facts.st_mode) and facts.st_size == size

    def _is_linked(self, source: Source, stored: str) -> bool:
        facts = os.lstat(self._destination.root / stored)
        return (facts.st_dev, facts.st_ino) == (source.facts.st_dev, source.facts.st_ino)
