"""Files: safe opening, durable writing, and hints to the kernel about coming writes."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import IO

NEW = ".new"  # after the name of a file that is being written, with a dot before it

_BLOCK = 1024**2


def open_regular(path: str, flags: int) -> int:
    """Open a regular file, as an ``opener`` for :func:`open`; does not follow links or wait on pipes.

    Errors: ``OSError`` for anything but a regular file.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a regular file")
    return descriptor


def empty(descriptor: int) -> None:
    """Undo what was written to an open file, and go back to its start. Errors: ``OSError``."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)


def size_of_regular(path: Path) -> int | None:
    """Return the size of a file in bytes, None where there is none, but a link or a folder, say."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_size if S_ISREG(status.st_mode) else None


def give_to_owner(path: Path) -> None:
    """Give a file or folder made by root to the owner of its folder, whose programs must be able to write it."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        with suppress(OSError):  # in a container, root may lack the right to
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder if it is missing, and those above it; they belong to the owner of the one they are in."""
    for folder in reversed([folder for folder in (path, *path.parents) if not folder.is_dir()]):
        folder.mkdir(mode, exist_ok=True)
        give_to_owner(folder)


def write_private(path: Path, content: bytes) -> None:
    """Write a private file (0600) atomically and durably."""
    temporary = unfinished(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            sync(file.fileno())
        give_to_owner(temporary)
        os.replace(temporary, path)
    except OSError:  # a full disk, say: what was written is of no use
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def unfinished(path: Path) -> Path:
    """Return the name of a file while it is being written."""
    return path.with_name(f".{path.name}{NEW}")


@contextmanager
def written(path: Path, mode: int) -> Iterator[IO[bytes]]:
    """Open a new file to write and read; it is deleted at the end unless :func:`publish` gave it its name."""

    def create(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_CLOEXEC | os.O_NOFOLLOW, mode)

    try:
        with open(unfinished(path), "w+b", buffering=0, opener=create) as file:
            yield file
    finally:
        unfinished(path).unlink(missing_ok=True)


def publish(file: IO[bytes], path: Path) -> None:
    """Sync a file from :func:`written` and give it its name; to make that durable, the folder is synced next."""
    sync(file.fileno())
    give_to_owner(unfinished(path))
    os.replace(unfinished(path), path)


def entries(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """Yield what a folder holds, without a list of all its names in memory."""
    with os.scandir(folder) as found:
        yield from found


def sync(descriptor: int) -> None:
    """Make a file or folder and its data durable. Errors: ``OSError``.

    On macOS only F_FULLFSYNC has the disk write out its own cache (fsync(2) there); not every file system takes it.
    """
    if (full := getattr(fcntl, "F_FULLFSYNC", None)) is not None:
        try:
            fcntl.fcntl(descriptor, full)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
    os.fsync(descriptor)


def sync_data(descriptor: int) -> None:
    """Make the data of a file durable, and of its metadata what reading it needs. Errors: ``OSError``."""
    if hasattr(os, "fdatasync"):
        os.fdatasync(descriptor)
    else:
        sync(descriptor)


def allocate(descriptor: int, size: int) -> None:
    """Extend a file to ``size`` bytes with space that is really its own. Errors: ``OSError``."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    at = os.fstat(descriptor).st_size
    while at < size:
        at += os.pwrite(descriptor, bytes(min(_BLOCK, size - at)), at)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable: a new or moved file needs this in addition to its own sync."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


_WRITE = 2  # SYNC_FILE_RANGE_WRITE, from linux/fs.h
_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE, from linux/falloc.h

_Call = Callable[..., int]


def start_write_back(descriptor: int, offset: int, length: int) -> None:
    """Start writing a range to the disk, so that a later sync has little left to do (sync_file_range(2))."""
    if _sync_file_range:
        _sync_file_range(descriptor, offset, length, _WRITE)


def preallocate(descriptor: int, offset: int, length: int) -> None:
    """Reserve contiguous space for a range; the length of the file stays the same (fallocate(2))."""
    if _fallocate:
        _fallocate(descriptor, _KEEP_SIZE, offset, length)


def _find(name: str, *arguments: type) -> _Call | None:
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function:
        function.argtypes = arguments
    return function


_sync_file_range = _find("sync_file_range", ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
_fallocate = _find("fallocate64", ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
