"""Files as media are read from them: bytes with a position, and nothing that leads elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol


class Readable(Protocol):
    """A file with a position and, on purpose, nothing else: no name, no mode."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a position and return it."""

    def tell(self) -> int:
        """Return the position."""


class Positioned:
    """An open file known only by its descriptor; its position is its own, not the kernel's."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a position and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        self._position = offset + (os.fstat(self._fd).st_size if base is None else base)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position


class Descriptor(Positioned):
    """A file to read.

    ``on_progress`` is called with the part of the file's size that was read, and the bytes read.
    """

    def __init__(self, fd: int, on_progress: Callable[[float, int], None] | None = None) -> None:
        super().__init__(fd)
        self._on_progress = on_progress
        self._size = max(1, os.fstat(fd).st_size)
        self._read = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, or all that are left if negative."""
        if size < 0:
            size = max(0, os.fstat(self._fd).st_size - self._position)
        data = os.pread(self._fd, size, self._position)
        self._position += len(data)
        self._read += len(data)
        if self._on_progress:
            self._on_progress(min(1.0, self._read / self._size), self._read)
        return data


class Window:
    """A part of a file, read like a file."""

    def __init__(self, file: Readable, start: int, stop: int) -> None:
        self._file = file
        self._start = start
        self._size = stop - start
        self._position = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, or all that are left if negative."""
        left = max(0, self._size - self._position)
        self._file.seek(self._start + self._position)
        data = self._file.read(left if size < 0 else min(size, left))
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a position and return it."""
        self._position = offset + {os.SEEK_CUR: self._position, os.SEEK_END: self._size}.get(whence, 0)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position


class Patched:
    """A file with some bytes replaced."""

    def __init__(self, file: Readable, at: int, patch: bytes) -> None:
        self._file = file
        self._at = at
        self._patch = patch

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, or all that are left if negative."""
        start = self._file.tell()
        data = self._file.read(size)
        first, last = max(start, self._at), min(start + len(data), self._at + len(self._patch))
        if first >= last:
            return data
        patch = self._patch[first - self._at : last - self._at]
        return data[: first - start] + patch + data[last - start :]

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a position and return it."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()
