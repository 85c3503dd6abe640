"""WAV files of more than 4 GiB by programs that do not know RF64: their 32-bit sizes wrapped around."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from roughy_box.media.worker.file import Patched, Readable, Window

_WRAP = 2**32
_MOST_CHUNKS = 1000
_ANY_SIZE = b"\xff\xff\xff\xff"
_UNKNOWN = (0, 0xFFFFFFFF)  # as a program writes that cannot go back to the header
_CHUNKS = 64 * 1024  # what may follow the sound: names, markers, a pad byte


@dataclass(frozen=True, slots=True)
class Data:
    """The sound of a WAV file: where it starts, and its size by the header."""

    start: int
    size: int


def repaired(file: Readable) -> Readable:
    """Return ``file`` up to the end of its sound, with a size in its header that a demuxer does not trust.

    Given another size, a demuxer looks for more sound behind it, eight bytes at a time in digital silence.
    """
    data, size = find_data(file), file.seek(0, os.SEEK_END)
    file.seek(0)
    if data is None or data.size in _UNKNOWN:
        return file
    rest = size - data.start - data.size
    chunks = rest % _WRAP
    if rest >= _WRAP and chunks <= _CHUNKS:
        return Patched(Window(file, 0, size - chunks), data.start - len(_ANY_SIZE), _ANY_SIZE)
    return Window(file, 0, data.start + data.size) if rest > _CHUNKS else file


def find_data(file: Readable) -> Data | None:
    """Return the place of the sound in a WAV file, ``None`` for other files."""
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return None
    start = len(head)
    for _ in range(_MOST_CHUNKS):
        file.seek(start)
        header = file.read(8)
        if len(header) < 8:
            return None
        kind, size = struct.unpack("<4sI", header)
        start += len(header)
        if kind == b"data":
            return Data(start, size)
        start += size + size % 2
    return None
