"""Draws posters and waveforms, coarse and detailed, each in a child of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import JobError, Limits, MediaJob, OnProgress, ignore_progress, run
from roughy_box.media.protocol import parse_json
from roughy_box.media.source import opened

Preview = Literal["poster", "waveform", "peaks"]

MOST_PEAKS = 2000
PEAKS_RATE = 100  # pairs of peaks a second
LARGEST = 2 * 1024**2  # bytes
_JPEG = b"\xff\xd8\xff"


async def draw(
    server: ForkServer,
    path: Path,
    preview: Preview,
    *,
    duration_ms: int,
    timeout: float | None,
    memory_limit: int,
    on_progress: OnProgress = ignore_progress,
) -> bytes | None:
    """Return the poster (JPEG), the waveform (JSON) or the peaks (bytes) of a file, None where the media has none.

    ``timeout`` is in seconds, by default as for a probe; ``memory_limit`` is in bytes. Cancelling kills the
    child at once. Errors: ``OSError`` when the file cannot be opened,
    :class:`~roughy_box.media.children.ChildError` when no child can be started.
    """
    checks: dict[Preview, Callable[[bytes], bytes | None]] = {
        "poster": _poster,
        "waveform": partial(_waveform, duration_ms),
        "peaks": partial(_peaks, duration_ms),
    }
    async with opened(path) as source:
        limits = Limits.of(source.size, timeout, memory_limit)
        arguments = {"duration_ms": duration_ms, "peaks": MOST_PEAKS, "rate": PEAKS_RATE}
        largest = LARGEST + _peaks_size(duration_ms)
        job = MediaJob(preview, source.descriptor, limits, arguments, longest_result=largest)
        try:
            return await run(server, job, checks[preview], on_progress)
        except JobError:
            return None


def _poster(result: bytes) -> bytes | None:
    if result and not result.startswith(_JPEG):
        raise ValueError("not a JPEG")
    return result or None


def _waveform(duration_ms: int, result: bytes) -> bytes | None:
    if not result:
        return None
    match parse_json(result):
        case [*peaks] if len(peaks) <= MOST_PEAKS and all(type(peak) is int and 0 <= peak < 256 for peak in peaks):
            return json.dumps({"duration_ms": duration_ms, "peaks": peaks}, separators=(",", ":")).encode()
    raise ValueError("not a waveform")


def _peaks(duration_ms: int, result: bytes) -> bytes | None:
    if len(result) not in (0, _peaks_size(duration_ms)):
        raise ValueError("not the peaks of this duration")
    return result or None


def _peaks_size(duration_ms: int) -> int:
    return 2 * -(-duration_ms * PEAKS_RATE // 1000)
