"""Files: opened safely, written durably, and hints to the system about what will be written."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from stat import S_ISREG


def open_regular(path: str, flags: int) -> int:
    """An ``opener`` for :func:`open` that follows no link and waits for the other end of no pipe.

    Errors: ``OSError`` for all that is no file.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no file")
    return descriptor


def write_private(path: Path, content: bytes) -> None:
    """Write a file for our eyes only (0600), whole or not at all, and durable."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable: a new or moved file needs it besides its own sync."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_WRITE = 2  # SYNC_FILE_RANGE_WRITE, from linux/fs.h
_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE, from linux/falloc.h

_Call = Callable[..., int]


def start_write_back(descriptor: int, offset: int, length: int) -> None:
    """Have the disk begin with a range that was written, so that a sync finds little left (sync_file_range(2))."""
    if _sync_file_range:
        _sync_file_range(descriptor, offset, length, _WRITE)


def preallocate(descriptor: int, offset: int, length: int) -> None:
    """Have space for a range that will be written, in one piece; the file's length stays (fallocate(2))."""
    if _fallocate:
        _fallocate(descriptor, _KEEP_SIZE, offset, length)


def _find(name: str, *arguments: type) -> _Call | None:
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function:
        function.argtypes = arguments
    return function


_sync_file_range = _find("sync_file_range", ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
_fallocate = _find("fallocate64", ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
