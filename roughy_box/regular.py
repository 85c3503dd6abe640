"""Opening a file that somebody may have put something else in place of."""

from __future__ import annotations

import os
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
