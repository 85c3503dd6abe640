"""The file being sent, and the state that is kept between two runs."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from roughy_box.client.errors import ClientError
from roughy_box.domain.upload import MIN_SIZE

BLOCK = 1024**2
MOST_ENTRIES = 5000  # the oldest are dropped


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
    """A file that maps files being sent to their assets, so that a later run can resume.

    It is a convenience: a state that cannot be read counts as empty, and failed writes are ignored.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self, url: str, file: SourceFile) -> str | None:
        """Return the asset that ``file``, if unchanged, was being sent to at the box ``url``."""
        return self._read().get(_key(url, file))

    def remember(self, url: str, file: SourceFile, asset_id: str) -> None:
        """Record that ``file`` is being sent to this asset."""
        entries = self._read()
        # The newest last, so that the oldest are dropped.
        entries.pop(_key(url, file), None)
        entries[_key(url, file)] = asset_id
        self._write(dict(list(entries.items())[-MOST_ENTRIES:]))

    def forget(self, url: str, file: SourceFile) -> None:
        """Drop the entry of ``file``."""
        entries = self._read()
        if entries.pop(_key(url, file), None):
            self._write(entries)

    def _read(self) -> dict[str, str]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(entries, dict):
            return {}
        return {key: asset_id for key, asset_id in entries.items() if isinstance(asset_id, str)}

    def _write(self, entries: Mapping[str, str]) -> None:
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp creates the file with mode 0600; the rename makes the write atomic.
            handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as temporary:
                    json.dump(entries, temporary, indent=1)
                os.replace(name, self._path)
            except BaseException:
                os.unlink(name)
                raise


def _key(url: str, file: SourceFile) -> str:
    return json.dumps([url, str(file.path), file.size, file.mtime_ns])


def state_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the state file (XDG Base Directory: a relative ``XDG_STATE_HOME`` is ignored)."""
    given = Path(environ.get("XDG_STATE_HOME", ""))
    home = given if given.is_absolute() else Path("~/.local/state").expanduser()
    return home / "roughy-box" / "uploads.json"
