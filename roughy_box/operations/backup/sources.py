"""Where the bytes of an asset are, in a box whose server moves and deletes them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from roughy_box.operations.backup.manifest import Entry
from roughy_box.operations.backup.rows import AssetRow
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.copies import ReadError
from roughy_box.storage.folder import Folder


@dataclass(frozen=True, slots=True)
class Source:
    """The file of an asset in the box, as it was found, and the place it has in a restored one."""

    asset: AssetRow
    path: str
    file: Path
    facts: os.stat_result
    may_grow: bool

    @property
    def sha256(self) -> str | None:
        """What its bytes should be, if that is known and there are as many as there should be."""
        return self.asset.sha256 if self.facts.st_size == self.asset.size_bytes else None

    @property
    def mode(self) -> int:
        """Its permissions."""
        return self.facts.st_mode & 0o777

    def entry(self, stored: str, size: int, sha256: str) -> Entry:
        """Its line in the manifest."""
        return Entry(self.path, stored, size, sha256, self.mode, self.facts.st_mtime_ns)


class Sources:
    """The files of a box."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._blobs = Blobs(folder.root)

    def find(self, asset: AssetRow) -> Source | None:
        """Where the bytes are now; None for an upload of which nothing was kept yet.

        Errors: :class:`FileNotFoundError`, also for a file that moves just then; :class:`ReadError`.
        """
        path, incoming = self.path_of(asset), self._blobs.incoming(asset.id)
        if asset.is_settled:
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
        return Source(asset, path, file, facts, may_grow=asset.is_open and file == incoming)

    def path_of(self, asset: AssetRow) -> str:
        """Its place in a restored box: what is not settled is prepared there from the beginning."""
        if not asset.is_settled:
            return f"incoming/{asset.id}"
        file = self._blobs.media(asset.project_id, asset.id, asset.extension or "")
        return file.relative_to(self._folder.root).as_posix()
