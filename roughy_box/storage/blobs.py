"""The files of assets: open uploads in ``incoming/``, prepared media in ``media/``.

Names consist of ids and checked extensions only. All calls block; the services run them in
threads. The order is always: sync the data, sync the names, commit the row.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from roughy_box.base.files import (
    entries,
    give_to_owner,
    make_folder,
    preallocate,
    start_write_back,
    sync_data,
    sync_folder,
)
from roughy_box.domain import ids
from roughy_box.storage.volume import space_of

WRITE_BACK = 2 * 1024**2  # bytes
PREALLOCATED = 16 * 1024**2  # bytes
_BLOCK = 512  # bytes, whatever the block size of the file system is (stat(2))

_MEDIA_NAME = re.compile(rf"({ids.PATTERN})\.[a-z0-9]+")


class Blobs:
    """The files of one data folder; uploads leave ``reserve`` bytes of the volume free."""

    def __init__(self, root: Path, reserve: int = 0) -> None:
        self._reserve = reserve
        self._incoming = root / "incoming"
        self._projects = root / "media" / "projects"
        self._durable_folders: set[Path] = set()

    def incoming(self, asset_id: str) -> Path:
        """Return the path of an upload until it is prepared."""
        return self._incoming / asset_id

    def media(self, project_id: str, asset_id: str, extension: str) -> Path:
        """Return the path of a prepared file; players and editors on this machine use it, too."""
        return self._projects / project_id / f"{asset_id}.{extension}"

    def find(self, project_id: str, asset_id: str) -> Path:
        """Return the path of a complete upload, at either place a crash may have left it.

        Errors: :class:`FileNotFoundError`.
        """
        incoming = self.incoming(asset_id)
        if incoming.exists():
            return incoming
        for path in (self._projects / project_id).glob(f"{asset_id}.*"):
            return path
        raise FileNotFoundError(f"no bytes for asset {asset_id}")

    def received(self, asset_id: str) -> int:
        """Return the offset of an open upload: the size of its file. A link counts as empty."""
        try:
            # Not incoming(): this runs for each request, and making a Path takes longer than the lookup.
            status = os.lstat(f"{self._incoming}/{asset_id}")
        except FileNotFoundError:
            return 0
        return status.st_size if stat.S_ISREG(status.st_mode) else 0

    def open_incoming(self, asset_id: str) -> IncomingFile:
        """Open an upload's file for writing; create it if missing."""
        return IncomingFile(self.incoming(asset_id), self._reserve)

    def sync_names(self) -> None:
        """Make the names of open uploads durable, in case a process was killed before it did."""
        sync_folder(self._incoming)

    def free(self) -> int:
        """Return the bytes this process can still write on the volume."""
        return space_of(self._incoming).free

    def available(self) -> int:
        """Return the bytes available to uploads; negative when others have used part of the reserve."""
        return self.free() - self._reserve

    def publish(self, project_id: str, asset_id: str, extension: str) -> Path:
        """Move a complete upload to the media folder, durably. Repeatable."""
        target = self.media(project_id, asset_id, extension)
        source = self.find(project_id, asset_id)
        if target.parent not in self._durable_folders or not target.parent.exists():
            # Even if it exists: another thread may be about to sync it, or a killed process never did.
            make_folder(target.parent)
            sync_folder(self._projects.parent)
            sync_folder(self._projects)
            self._durable_folders.add(target.parent)
        if source != target:
            os.rename(source, target)
        # Even if it was moved before: the process may have been killed before it synced.
        sync_folder(target.parent)
        sync_folder(self._incoming)
        return target

    def remove(self, project_id: str, asset_id: str, extension: str | None = None) -> None:
        """Delete the files of an asset; without an ``extension`` it was never prepared. Repeatable.

        The name is known: to search the folder of the project for each of its assets would take time that grows
        with the square of their number.
        """
        self.incoming(asset_id).unlink(missing_ok=True)
        if extension:
            self.media(project_id, asset_id, extension).unlink(missing_ok=True)

    def remove_project(self, project_id: str) -> None:
        """Delete the folder of a project without assets; one with other files stays."""
        with suppress(OSError):
            (self._projects / project_id).rmdir()

    def stored(self) -> Iterator[tuple[str, Path]]:
        """Yield every file of the box with its asset's id; foreign files are skipped."""
        for entry in entries(self._incoming):
            if ids.is_id(entry.name):
                yield entry.name, Path(entry.path)
        if self._projects.is_dir():
            for folder in entries(self._projects):
                if folder.is_dir(follow_symlinks=False):
                    for entry in entries(folder.path):
                        if match := _MEDIA_NAME.fullmatch(entry.name):
                            yield match[1], Path(entry.path)


class IncomingFile:
    """An open upload's file while bytes are written to it.

    Writes go to a known offset and never append, so the size on disk always says which bytes are there.
    """

    def __init__(self, path: Path, reserve: int = 0) -> None:
        self._reserve = reserve
        is_new = not path.exists()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        self._flushed = self._preallocated = self._expected_end = self.size()
        self._is_checked = False
        if is_new:
            give_to_owner(path)
            self._sync_name(path)

    def read_head(self, size: int) -> bytes:
        """Return the first ``size`` bytes, fewer if the file is shorter."""
        return os.pread(self._descriptor, size, 0)

    def expect_end(self, end: int) -> None:
        """Note that bytes up to ``end`` are coming, so that space can be preallocated for them."""
        self._expected_end = end

    def write(self, offset: int, data: memoryview) -> None:
        """Write ``data`` at ``offset``, and start write-back after every ``WRITE_BACK`` bytes.

        Errors: :class:`OSError`, ENOSPC also when only the reserve is left; the bytes written before it
        stay, :meth:`size` counts them.
        """
        if not self._is_checked:
            self._check_space(offset)
        written = 0
        while written < len(data):
            written += os.pwrite(self._descriptor, data[written:], offset + written)
        if offset + written - self._flushed >= WRITE_BACK:
            start_write_back(self._descriptor, self._flushed, offset + written - self._flushed)
            self._flushed = offset + written
            self._is_checked = False

    def size(self) -> int:
        """Return the size on disk."""
        return os.fstat(self._descriptor).st_size

    def sync(self) -> None:
        """Make all written bytes durable."""
        sync_data(self._descriptor)

    def truncate(self, size: int) -> None:
        """Drop all bytes from ``size`` on."""
        os.ftruncate(self._descriptor, size)

    def trim(self) -> None:
        """Release the space that a killed process had preallocated beyond the last byte."""
        status = os.fstat(self._descriptor)
        if status.st_blocks * _BLOCK >= status.st_size + WRITE_BACK:
            self.truncate(status.st_size)

    def close(self) -> None:
        """Close the file, and release space preallocated for bytes that did not come."""
        try:
            if self._preallocated > (size := self.size()):
                self.truncate(size)
        finally:
            os.close(self._descriptor)

    def _sync_name(self, path: Path) -> None:
        try:
            sync_folder(path.parent)
        except OSError:
            # Not left behind: the next process to open it would assume that its name is durable.
            self.close()
            path.unlink(missing_ok=True)
            raise

    def _check_space(self, offset: int) -> None:
        """Check that the reserve stays free, and preallocate space for the next bytes: large ranges cost less."""
        available = space_of(self._descriptor).free - self._reserve
        if available < 0:
            raise OSError(errno.ENOSPC, "the free space is down to storage.reserve")
        end = min(offset + PREALLOCATED, self._expected_end)
        if self._preallocated < offset + WRITE_BACK <= end <= offset + available:
            preallocate(self._descriptor, offset, end - offset)
            self._preallocated = end
        self._is_checked = True
