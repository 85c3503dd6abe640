"""The file that a render is written to, which the muxer may read again to move its index to the front."""

from __future__ import annotations

import os
from collections.abc import Callable

from roughy_box.media.worker.file import Descriptor, Positioned


class Output(Positioned):
    """A file to write. ``error`` is what once went wrong, as muxers may hide it."""

    def __init__(self, fd: int, on_work: Callable[[], None]) -> None:
        super().__init__(fd)
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
