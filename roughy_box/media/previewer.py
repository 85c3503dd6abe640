"""Posters and waveforms, each drawn in a process of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from roughy_box.base.files import open_regular
from roughy_box.media.children import Child
from roughy_box.media.forks import Forks, Limits, give
from roughy_box.media.timeouts import fair_timeout
from roughy_box.media.verdict import parsed

Kind = Literal["poster", "waveform"]

MOST_PEAKS = 2000
LARGEST = 2 * 1024**2  # bytes
_JPEG = b"\xff\xd8\xff"


async def draw(
    forks: Forks, path: Path, kind: Kind, *, duration_ms: int, timeout: float | None, memory_limit: int
) -> bytes | None:
    """The poster (JPEG) or the waveform (JSON) of a prepared file; ``None`` where there is none to be had.

    ``timeout`` is in seconds, by default as for a probe; ``memory_limit`` is in bytes. Cancelling kills the
    child at once. Errors: ``OSError`` when the file cannot be opened,
    :class:`~roughy_box.media.children.ChildError` when no child can be started.
    """
    with open(path, "rb", buffering=0, opener=open_regular) as file:
        limits = Limits.of(os.fstat(file.fileno()).st_size, timeout, memory_limit)
        wish = {"kind": kind, "duration_ms": duration_ms, "peaks": MOST_PEAKS}

        async def attempt(child: Child) -> bytes:
            async with fair_timeout(child.pid, limits.waiting):
                give(child, wish, file.fileno(), limits)
                return _checked(kind, duration_ms, await _answer(child))

        try:
            return await forks.run("media-preview", attempt)
        except (TimeoutError, ConnectionError, ValueError):
            return None


async def _answer(child: Child) -> bytes:
    size = int(await child.read_line())
    if not 0 < size <= LARGEST:
        raise ValueError("nothing to show")
    drawn = await child.read(size)
    if len(drawn) < size:
        raise ConnectionError("it ended early")
    return drawn


def _checked(kind: Kind, duration_ms: int, answer: bytes) -> bytes:
    """What the child drew, taken with care: hostile media may have taken it over."""
    if kind == "poster":
        if not answer.startswith(_JPEG):
            raise ValueError("not a JPEG")
        return answer
    match parsed(answer):
        case [*peaks] if len(peaks) <= MOST_PEAKS and all(type(peak) is int and 0 <= peak < 256 for peak in peaks):
            return json.dumps({"duration_ms": duration_ms, "peaks": peaks}, separators=(",", ":")).encode()
    raise ValueError("not a waveform")
