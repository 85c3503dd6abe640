"""ID3v2 tags before a file. Taggers put them before any format; ffmpeg skips them only before some."""

from __future__ import annotations

import os

from roughy_box.media import signature
from roughy_box.media.worker.file import Readable, Window


def without_tags(file: Readable) -> Readable:
    """Return ``file`` without its leading ID3v2 tags; a tag longer than the file stays."""
    size, start = file.seek(0, os.SEEK_END), 0
    while length := signature.id3_size(_header(file, start)):
        start += length
    file.seek(0)
    return Window(file, start, size) if 0 < start < size else file


def _header(file: Readable, start: int) -> bytes:
    file.seek(start)
    return file.read(signature.ID3_HEADER)
