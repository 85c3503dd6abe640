"""Finds the bytes of assets in a box whose server moves and deletes them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from roughy_box.operations.asset_rows import AssetRow
from roughy_box.operations.backup.manifest import Entry
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.copies import ReadError
from roughy_box.storage.folder import Folder


@dataclass(frozen=True, slots=True)
class Source:
    """A file in the box, as it was found, and ``path``, its place in a restored one.

    ``known_sha256`` and ``expected_size`` are those of its row. Its bytes were counted before if it ``is_expected``.
    """

    path: str
    file: Path
    facts: os.stat_result
    known_sha256: str | None = None
    expected_size: int | None = None
    may_grow: bool = False
    is_expected: bool = True

    @property
    def sha256(self) -> str | None:
        """Return the expected checksum if it is known and the file has its expected size."""
        return self.known_sha256 if self.facts.st_size == self.expected_size else None

    @property
    def mode(self) -> int:
        """Return its permissions."""
        return self.facts.st_mode & 0o777

    def entry(self, stored: str, size: int, sha256: str) -> Entry:
        """Return its entry in the manifest."""
        return Entry(self.path, stored, size, sha256, self.mode, self.facts.st_mtime_ns)


class Sources:
    """The files of a box."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._blobs = Blobs(folder.root)

    def find(self, asset: AssetRow) -> Source | None:
        """Return the file as it is now; ``None`` for an upload without any bytes yet.

        Errors: :class:`FileNotFoundError`, also for a file that moves at that moment; :class:`ReadError`.
        """
        path, incoming = self.path_of(asset), self._blobs.incoming(asset.id)
        if asset.is_published:
            file = self._folder.root / path
        elif asset.is_open and asset.extension is None and not incoming.exists():
            return None
        else:
            file = self._blobs.find(asset.project_id, asset.id)
        try:
            facts = file.stat()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise ReadError(error.errno, error.strerror) from None
        return Source(
            path,
            file,
            facts,
            asset.sha256,
            asset.size_bytes,
            may_grow=asset.is_open and file == incoming,
            is_expected=not asset.is_open,
        )

    def path_of(self, asset: AssetRow) -> str:
        """Return its path in a restored box, where an asset that was not prepared yet starts over."""
        if not asset.is_published:
            return f"incoming/{asset.id}"
        file = self._blobs.media(asset.project_id, asset.id, asset.extension or "")
        return file.relative_to(self._folder.root).as_posix()
