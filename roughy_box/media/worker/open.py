"""The only function that opens media: one file, known formats, no network and no other files.

ffmpeg follows playlists to other files and hosts, takes a hint from the name of a file, and silently
ignores misspelled options; each guard below answers an attack that worked without it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from typing import NoReturn, Protocol

import av
import av.subtitles.stream  # PyAV imports it when it opens a file, and by then the sandbox may forbid that
from av.container import InputContainer

# As in ffmpeg itself. Real files have dozens of languages and subtitles, broadcasts dozens of programs.
MAX_STREAMS = 1000
# Allows 8K, and refuses a small file that decodes to a picture of gigabytes.
MAX_PIXELS = 2**27
_READ_AHEAD = 1024 * 1024


class Readable(Protocol):
    """A file with a position and, on purpose, nothing else: no name, no mode."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a position and return it."""

    def tell(self) -> int:
        """Return the position."""


class Descriptor:
    """An open file known only by its descriptor; its position is its own, not the kernel's.


    ``on_progress`` is called with the part of the file's size that was read, and the bytes read.
    """

    def __init__(self, fd: int, on_progress: Callable[[float, int], None] | None = None) -> None:
        self._fd = fd
        self._position = 0
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

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a position and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        self._position = offset + (os.fstat(self._fd).st_size if base is None else base)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position


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


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise av.error.PermissionError(errno.EPERM, "media may not open anything else")


def open_untrusted(file: Readable, demuxers: Iterable[str]) -> InputContainer:
    """Open ``file`` with one of ``demuxers``.

    Errors: ``av.FFmpegError`` when none of them accepts it, ``MemoryError`` beyond the limit.
    """
    return av.open(
        file,
        mode="r",
        options={"max_pixels": str(MAX_PIXELS), "threads": "1"},
        container_options={
            "format_whitelist": ",".join(demuxers),
            "protocol_whitelist": "none",
            "max_streams": str(MAX_STREAMS + 1),  # one more shows that there are too many
        },
        metadata_errors="replace",
        buffer_size=_READ_AHEAD,
        io_open=_refuse,
    )
