"""Early write-back: the disk begins while bytes still arrive, and the sync at the end finds little left."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

_WRITE = 2  # SYNC_FILE_RANGE_WRITE, from linux/fs.h


def start_write_back(descriptor: int, offset: int, length: int) -> None:
    """Ask the kernel to begin writing a range; promises nothing and waits for nothing (sync_file_range(2)).

    Without it (it is Linux's own) the data is written at the sync, only later.
    """
    if _sync_file_range:
        _sync_file_range(descriptor, offset, length, _WRITE)


def _load() -> Callable[[int, int, int, int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    function = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if function:
        function.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return function


_sync_file_range = _load()
