"""The only way the box opens media: bytes alone, known formats alone, nothing beyond them.

ffmpeg follows playlists to other files and hosts, takes the name of a file for a hint, and
ignores misspelt options without a word; each guard below closes a door that was seen open.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from typing import NoReturn, Protocol

import av
import av.subtitles.stream  # PyAV would import it when it opens a file, where that may not be possible any more
from av.container import InputContainer

MAX_STREAMS = 64
# 8K passes; a small file that unfolds into a picture of gigabytes does not.
MAX_PIXELS = 2**27
_READ_AHEAD = 1024 * 1024


class Readable(Protocol):
    """Bytes with a position and, on purpose, nothing else: no name, no mode."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move, and tell the new position."""

    def tell(self) -> int:
        """The position."""


class Descriptor:
    """An open file by its descriptor alone; its position is our own, not the kernel's.

    ``on_progress`` is called with the part of the file's size that was read, and the bytes read.
    """

    def __init__(self, fd: int, on_progress: Callable[[float, int], None] | None = None) -> None:
        self._fd = fd
        self._position = 0
        self._on_progress = on_progress
        self._size = max(1, os.fstat(fd).st_size)
        self._read = 0

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; everything that is left if negative."""
        if size < 0:
            size = max(0, os.fstat(self._fd).st_size - self._position)
        data = os.pread(self._fd, size, self._position)
        self._position += len(data)
        self._read += len(data)
        if self._on_progress:
            self._on_progress(min(1.0, self._read / self._size), self._read)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move, and tell the new position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        self._position = offset + (os.fstat(self._fd).st_size if base is None else base)
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position


class Window:
    """A part of a file that passes for a file of its own."""

    def __init__(self, file: Readable, start: int, stop: int) -> None:
        self._file = file
        self._start = start
        self._size = stop - start
        self._position = 0

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes; everything that is left if negative."""
        left = max(0, self._size - self._position)
        self._file.seek(self._start + self._position)
        data = self._file.read(left if size < 0 else min(size, left))
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move, and tell the new position."""
        self._position = offset + {os.SEEK_CUR: self._position, os.SEEK_END: self._size}.get(whence, 0)
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise av.error.PermissionError(errno.EPERM, "media may not open anything else")


def open_untrusted(file: Readable, demuxers: Iterable[str]) -> InputContainer:
    """``file`` opened by one of ``demuxers``.

    Errors: ``av.FFmpegError`` when none of them takes it, ``MemoryError`` beyond the limit.
    """
    return av.open(
        file,
        mode="r",
        options={"max_pixels": str(MAX_PIXELS), "threads": "1"},
        container_options={
            "format_whitelist": ",".join(demuxers),
            "protocol_whitelist": "none",
            "max_streams": str(MAX_STREAMS),
        },
        metadata_errors="replace",
        buffer_size=_READ_AHEAD,
        io_open=_refuse,
    )
