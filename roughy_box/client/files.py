"""The file being sent, and the record of it for the next run."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from roughy_box.client.errors import ClientError
from roughy_box.client.state import StateFile, state_path
from roughy_box.domain.upload import MIN_SIZE

BLOCK = 1024**2


class FileChangedError(ClientError):
    """The file has changed since it was opened; the code is ``file_changed``."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: changed while it was being sent.", "file_changed")


class SourceFile:
    """A file open for sending, which must not change after it was opened."""

    def __init__(self, path: Path) -> None:
        """Errors: ClientError ``file`` if nothing can be sent from ``path``."""
        self.path = path.absolute()
        self._file = _open(path)
        self.size, self.mtime_ns = self._stamp()
        if self.size < MIN_SIZE:
            self.close()
            raise ClientError(f"{path}: has {self.size} bytes; media has at least {MIN_SIZE}.", "file")

    def __enter__(self) -> SourceFile:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to ``end``, at most 1 MiB at a time.

        Errors: FileChangedError before a block of a changed file is yielded, so that such a
        file is never sent completely; ClientError ``file`` if it cannot be read.
        """
        try:
            self._file.seek(start)
            while start < end:
                block = self._file.read(min(BLOCK, end - start))
                if not block or self._stamp() != (self.size, self.mtime_ns):
                    raise FileChangedError(self.path)
                start += len(block)
                yield block
        except OSError as error:
            raise ClientError(f"{self.path}: cannot be read: {error.strerror}.", "file") from None

    def _stamp(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns


def _open(path: Path) -> BinaryIO:
    try:
        # Checked before it is opened: opening a named pipe would wait for its other end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ClientError(f"{path}: is not a file.", "file")
        return path.open("rb")
    except OSError as error:
        raise ClientError(f"{path}: cannot be read: {error.strerror}.", "file") from None


class UploadState:
    """Which files are being sent or were sent to which assets, so that a later run goes on there."""

    def __init__(self, path: Path | None = None) -> None:
        """``path``: instead of the file in the user's state folder."""
        self._entries = StateFile(path or state_path("uploads.json"))

    def recall(self, url: str, file: SourceFile) -> str | None:
        """Return the asset that ``file``, if unchanged, was being sent to at the box ``url``."""
        return self._entries.get(_key(url, file))

    def remember(self, url: str, file: SourceFile, asset_id: str) -> None:
        """Record that ``file`` is being sent to this asset."""
        self._entries.put(_key(url, file), asset_id)

    def forget(self, url: str, file: SourceFile) -> None:
        """Drop the entry of ``file``."""
        self._entries.drop(_key(url, file))


def _key(url: str, file: SourceFile) -> str:
    return json.dumps([url, str(file.path), file.size, file.mtime_ns])
