"""The only function that opens media: one file, known formats, no network and no other files.

ffmpeg follows playlists to other files and hosts, takes a hint from the name of a file, and silently
ignores misspelled options; each guard below answers an attack that worked without it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import NoReturn

import av
import av.subtitles.stream  # PyAV imports it when it opens a file, and by then the sandbox may forbid that
from av.container import InputContainer

from roughy_box.media.worker import riff
from roughy_box.media.worker.file import Readable
from roughy_box.media.worker.prefix import without_tags

# As in ffmpeg itself. Real files have dozens of languages and subtitles, broadcasts dozens of programs.
MAX_STREAMS = 1000
# Allows 8K, and refuses a small file that decodes to a picture of gigabytes.
MAX_PIXELS = 2**27
_READ_AHEAD = 1024 * 1024


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise av.error.PermissionError(errno.EPERM, "media may not open anything else")


def open_untrusted(file: Readable, demuxers: Iterable[str]) -> InputContainer:
    """Open ``file`` with one of ``demuxers``, which get no leading ID3v2 tags to read.

    Errors: ``av.FFmpegError`` when none of them accepts it, ``MemoryError`` beyond the limit.
    """
    return av.open(
        riff.repaired(without_tags(file)),
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
