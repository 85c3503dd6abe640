"""The file that a render is written to, which the muxer may read again to move its index to the front."""

from __future__ import annotations

import os
from collections.abc import Callable

from roughy_box.media.worker.file import Descriptor


class Output:
    """A seekable file known only by its descriptor. ``error`` is what once went wrong, as muxers may hide it."""

    def __init__(self, fd: int, on_work: Callable[[], None]) -> None:
        self._fd = fd
        self._position = 0
        self._on_work = on_work
        self.error: OSError | None = None
        self.closed = False  # PyAV asks for it before it ends a file by itself

    def write(self, data: bytes, /) -> int:
        """Write all of ``data``. Errors: ``OSError``, as where the disk is full."""
        self._on_work()
        left = memoryview(data)
        try:
            while left:
                written = os.pwrite(self._fd, left, self._position)
                self._position += written
                left = left[written:]
        except OSError as error:
            self.error = self.error or error
            raise
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a position and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        self._position = offset + (os.fstat(self._fd).st_size if base is None else base)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    @property
    def size(self) -> int:
        """Return the bytes of the file."""
        return os.fstat(self._fd).st_size

    def abandon(self) -> None:
        """Have no more written, as by a muxer that was left before its end."""
        self.closed = True

    def reopened(self, _url: str, _flags: int, _options: object) -> Descriptor:
        """Return the same file for reading, whatever the muxer calls it."""
        return Descriptor(self._fd)
