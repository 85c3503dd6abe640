"""Stores files of the box in a backup, each in the cheapest safe way: kept, hard-linked, or copied."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

from roughy_box.base.progress import Progress
from roughy_box.operations.backup.destination import STATE, Destination
from roughy_box.operations.backup.manifest import Entry, Problem
from roughy_box.operations.backup.sources import Source
from roughy_box.services.checksums import sha256_of
from roughy_box.storage.copies import link_file


@dataclass
class Counts:
    """Numbers of files by the way they were stored, and those with problems."""

    copied: int = 0
    linked: int = 0
    kept: int = 0
    problems: list[Problem] = field(default_factory=list)


class Store:
    """The files of one run; ``before`` are those of the previous state, by their path in the box."""

    def __init__(
        self, destination: Destination, before: dict[str, Entry], number: int, *, copies: bool, progress: Progress
    ) -> None:
        self.counts = Counts()
        self.progress = progress
        self._destination = destination
        self._before = before
        self._number = number
        self._copies = copies

    def add(self, source: Source) -> Entry:
        """Store a file. Errors: ``FileNotFoundError``, :class:`~roughy_box.storage.copies.ReadError`."""
        return self._kept(source) or self._linked(source) or self._found(source) or self._copied(source)

    def previous(self, path: str) -> Entry | None:
        """Return the entry of a path in the previous state, if its file is still there."""
        old = self._before.get(path)
        return old if old and self._has(old.stored, old.size) else None

    def _kept(self, source: Source) -> Entry | None:
        """Return the entry of a file that the backup has already."""
        old = self.previous(source.path)
        if old is None:
            return None
        unchanged = (old.size, old.mtime_ns) == (source.facts.st_size, source.facts.st_mtime_ns)
        if not unchanged and old.sha256 != source.known_sha256:
            return None
        if self._copies and self._is_linked(source, old.stored):
            return None
        self.counts.kept += 1
        self.progress.advance(old.size)
        return old

    def _linked(self, source: Source) -> Entry | None:
        stored = self._free_place(source)
        target = self._destination.place(stored)
        if self._copies or source.may_grow or not link_file(source.file, target):
            return None
        self.counts.linked += 1
        sha256 = source.sha256
        if sha256:
            self.progress.advance(source.facts.st_size)
        return source.entry(stored, source.facts.st_size, sha256 or sha256_of(target, self.progress))

    def _found(self, source: Source) -> Entry | None:
        """Find the copy of an interrupted run: read again instead of copied again."""
        size, sha256 = source.facts.st_size, source.sha256
        if sha256 is None or not self._has(source.path, size) or self._is_linked(source, source.path):
            return None
        if sha256_of(self._destination.place(source.path)) != sha256:
            return None
        self.counts.kept += 1
        self.progress.advance(size)
        return source.entry(source.path, size, sha256)

    def _copied(self, source: Source) -> Entry:
        progress = self.progress if source.is_expected else Progress()
        stored = self._free_place(source)
        entry = self._destination.copy_in(source.file, source.facts, source.path, stored, source.mode, progress)
        self.counts.copied += 1
        return entry

    def _free_place(self, source: Source) -> str:
        """Return where to store a file without replacing one of the previous state."""
        old = self.previous(source.path)
        is_taken = old and old.stored == source.path and old.sha256 != source.sha256
        changes = source.path.startswith("incoming/")
        return f"{STATE}/{self._number}/{source.path}" if is_taken or changes else source.path

    def _has(self, stored: str, size: int) -> bool:
        try:
            facts = os.lstat(self._destination.root / stored)
        except OSError:
            return False
        return stat.S_ISREG(facts.st_mode) and facts.st_size == size

    def _is_linked(self, source: Source, stored: str) -> bool:
        facts = os.lstat(self._destination.root / stored)
        return (facts.st_dev, facts.st_ino) == (source.facts.st_dev, source.facts.st_ino)
