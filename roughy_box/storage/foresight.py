"""What Linux can be told of a file's future, so that the disk is ahead of us. All of it promises nothing.

Elsewhere, and on file systems that cannot, these do nothing, and the same happens later and slower.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

_WRITE = 2  # SYNC_FILE_RANGE_WRITE, from linux/fs.h
_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE, from linux/falloc.h

_Call = Callable[..., int]


def start_write_back(descriptor: int, offset: int, length: int) -> None:
    """Have the disk begin with a range that was written, so that a sync finds little left (sync_file_range(2))."""
    if _sync_file_range:
        _sync_file_range(descriptor, offset, length, _WRITE)


def set_aside(descriptor: int, offset: int, length: int) -> None:
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
