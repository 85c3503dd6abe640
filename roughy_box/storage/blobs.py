"""The bytes: open uploads in ``incoming/``, finished media in ``media/``.

Names are made of ids and checked extensions only. All calls block; the services run them in
threads. Order of events everywhere: data synced, then names synced, then the row committed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from roughy_box.base.files import preallocate, start_write_back, sync_folder
from roughy_box.domain import ids
from roughy_box.storage.volume import space_of

WRITE_BACK = 2 * 1024**2  # bytes
SET_ASIDE = 16 * 1024**2  # bytes
_BLOCK = 512  # bytes, whatever those of the file system are (stat(2))

_MEDIA_NAME = re.compile(rf"({ids.PATTERN})\.[a-z0-9]+")


class Blobs:
    """The files of one data folder; uploads leave ``reserve`` bytes of the volume free."""

    def __init__(self, root: Path, reserve: int = 0) -> None:
        self._reserve = reserve
        self._incoming = root / "incoming"
        self._projects = root / "media" / "projects"
        self._durable_folders: set[Path] = set()

    def incoming(self, asset_id: str) -> Path:
        """Where the bytes of an upload are until it is prepared."""
        return self._incoming / asset_id

    def media(self, project_id: str, asset_id: str, extension: str) -> Path:
        """Where a finished file is, for players and editors on this machine too."""
        return self._projects / project_id / f"{asset_id}.{extension}"

    def find(self, project_id: str, asset_id: str) -> Path:
        """The bytes of a whole upload, wherever a crash may have left them.

        Errors: :class:`FileNotFoundError`.
        """
        incoming = self.incoming(asset_id)
        if incoming.exists():
            return incoming
        for path in (self._projects / project_id).glob(f"{asset_id}.*"):
            return path
        raise FileNotFoundError(f"no bytes for asset {asset_id}")

    def received(self, asset_id: str) -> int:
        """How many bytes of an open upload are there: the file's length is the offset. A link has none."""
        try:
            # Not by incoming(): this is done with each request, and a Path takes longer to make than to look up.
            status = os.lstat(f"{self._incoming}/{asset_id}")
        except FileNotFoundError:
            return 0
        return status.st_size if stat.S_ISREG(status.st_mode) else 0

    def open_incoming(self, asset_id: str) -> IncomingFile:
        """Open an upload's file for writing; made if missing."""
        return IncomingFile(self.incoming(asset_id), self._reserve)

    def sync_names(self) -> None:
        """Make the names of open uploads durable, as a process that was killed may not have come to it."""
        sync_folder(self._incoming)

    def free(self) -> int:
        """Bytes this process may still write on the volume."""
        return space_of(self._incoming).free

    def room(self) -> int:
        """Bytes that uploads may still bring; below zero when others have taken of the reserve."""
        return self.free() - self._reserve

    def publish(self, project_id: str, asset_id: str, extension: str) -> Path:
        """Move a whole upload to its place among the media, durably. Repeatable."""
        target = self.media(project_id, asset_id, extension)
        source = self.find(project_id, asset_id)
        if target.parent not in self._durable_folders or not target.parent.exists():
            # Also one that exists: another thread may be about to sync it, or a process that was killed never did.
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(self._projects.parent)
            sync_folder(self._projects)
            self._durable_folders.add(target.parent)
        if source != target:
            os.rename(source, target)
        # Also what was moved already: by a process that may have been killed before it came to this.
        sync_folder(target.parent)
        sync_folder(self._incoming)
        return target

    def remove(self, project_id: str, asset_id: str) -> None:
        """Delete every byte of an asset. Repeatable."""
        self.incoming(asset_id).unlink(missing_ok=True)
        for path in (self._projects / project_id).glob(f"{asset_id}.*"):
            path.unlink(missing_ok=True)

    def remove_project(self, project_id: str) -> None:
        """Delete the folder of a project whose assets are removed; one that holds other files stays."""
        with suppress(OSError):
            (self._projects / project_id).rmdir()

    def stored(self) -> Iterator[tuple[str, Path]]:
        """Every file of ours with the id of the asset it belongs to; foreign files are passed over."""
        for path in self._incoming.iterdir():
            if ids.is_id(path.name):
                yield path.name, path
        if self._projects.is_dir():
            for path in self._projects.glob("*/*"):
                if match := _MEDIA_NAME.fullmatch(path.name):
                    yield match[1], path


class IncomingFile:
    """An open upload's file while bytes are written to it.

    Positional writes at a known offset, never appends: the length on disk then always tells
    which bytes are there.
    """

    def __init__(self, path: Path, reserve: int = 0) -> None:
        self._reserve = reserve
        is_new = not path.exists()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        self._begun = self._aside = self._expected = self.size()
        self._is_checked = False
        if is_new:
            self._sync_name(path)

    def read_head(self, size: int) -> bytes:
        """The first ``size`` bytes, fewer if the file is shorter."""
        return os.pread(self._descriptor, size, 0)

    def expect(self, end: int) -> None:
        """Note that bytes up to ``end`` are coming, for which space may be set aside."""
        self._expected = end

    def write(self, offset: int, data: memoryview) -> None:
        """Store ``data`` at ``offset``, and now and then have the disk begin with what is there.

        Errors: :class:`OSError`, ENOSPC also where the reserve begins; what was written before it stays,
        :meth:`size` tells how much.
        """
        if not self._is_checked:
            self._look_ahead(offset)
        written = 0
        while written < len(data):
            written += os.pwrite(self._descriptor, data[written:], offset + written)
        if offset + written - self._begun >= WRITE_BACK:
            start_write_back(self._descriptor, self._begun, offset + written - self._begun)
            self._begun = offset + written
            self._is_checked = False

    def size(self) -> int:
        """The length on disk."""
        return os.fstat(self._descriptor).st_size

    def sync(self) -> None:
        """Make every written byte survive a power cut."""
        os.fdatasync(self._descriptor)

    def truncate(self, size: int) -> None:
        """Forget everything from ``size`` on."""
        os.ftruncate(self._descriptor, size)

    def trim(self) -> None:
        """Give back the space that a process which was killed had set aside beyond the last byte."""
        status = os.fstat(self._descriptor)
        if status.st_blocks * _BLOCK >= status.st_size + WRITE_BACK:
            self.truncate(status.st_size)

    def close(self) -> None:
        """Give the descriptor back, and the space that was set aside for bytes that did not come."""
        try:
            if self._aside > (size := self.size()):
                self.truncate(size)
        finally:
            os.close(self._descriptor)

    def _sync_name(self, path: Path) -> None:
        try:
            sync_folder(path.parent)
        except OSError:
            # Not left behind: the next one to open it would take its name for durable.
            self.close()
            path.unlink(missing_ok=True)
            raise

    def _look_ahead(self, offset: int) -> None:
        """See that the reserve stays free, and set space aside for what comes next: in large pieces it costs less."""
        room = space_of(self._descriptor).free - self._reserve
        if room < 0:
            raise OSError(errno.ENOSPC, "the free space is down to storage.reserve")
        end = min(offset + SET_ASIDE, self._expected)
        if self._aside < offset + WRITE_BACK <= end <= offset + room:
            preallocate(self._descriptor, offset, end - offset)
            self._aside = end
        self._is_checked = True
