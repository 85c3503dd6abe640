"""Space reserved in a file, released when a deletion finds the disk full.

SQLite needs a few pages to delete a row. On a disk that others have filled completely, deleting,
the one remedy, would fail.
"""

from __future__ import annotations

import os
from pathlib import Path

from roughy_box.base.files import allocate, give_to_owner
from roughy_box.storage.volume import space_of

LARGEST = 16 * 1024**2  # bytes
SMALLEST = 64 * 1024  # bytes
SHARE = 4  # of the reserve


class Ballast:
    """The reserved file of a data folder. All calls block."""

    def __init__(self, root: Path, reserve: int) -> None:
        self._path = root / "ballast"
        self._reserve = reserve
        self._size = min(LARGEST, reserve // SHARE)

    def load(self) -> None:
        """Reserve the space if the disk has enough. Repeatable; does nothing on a full disk."""
        present = self._path.stat().st_size if self._path.exists() else 0
        if present >= self._size or space_of(self._path.parent).free < self._reserve + self._size:
            return
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            allocate(descriptor, self._size)
        finally:
            os.close(descriptor)
        give_to_owner(self._path)

    def drop(self) -> bool:
        """Release half of the space, as another program may take what is freed; return whether there was any."""
        present = self._path.stat().st_size if self._path.exists() else 0
        if present:
            os.truncate(self._path, present // 2 if present > SMALLEST else 0)
        return present > 0
