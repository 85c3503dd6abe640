"""Renders the kept spans of a file in a child, to a file of the server's."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO

from roughy_box.base.files import empty
from roughy_box.media.description import LONGEST, Description, parse_fraction
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import JobError, Limits, MediaJob, OnProgress, ignore_progress, run
from roughy_box.media.protocol import parse_json
from roughy_box.media.render_output import DEVICE_MEMORY, WARNINGS, X264, Encoder, RenderOutput
from roughy_box.media.source import opened
from roughy_box.media.verdict import is_sentence

# Seconds of computing. A second of 4K at 60 frames takes half a minute of a slow machine; a source whose gaps are
# read through, and not passed over, takes less for each of its seconds.
_AT_LEAST = 600.0
_EACH_KEPT = 60.0
_EACH = 2.0
_SLOWEST = 4
_SILENCE = 180.0
_LARGEST_SECOND = 10 * 1024**2  # bytes of a second of output; 50 Mbit/s are 6.25 MB
_LARGEST_REST = 64 * 1024**2
_MOST_WARNINGS = 10


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """A render: a source with its description, half-open spans of frames of its grid, the wanted output.

    ``segments`` are sorted and do not overlap; without a cut they are the whole grid.
    """

    path: Path
    source: Description
    segments: Sequence[tuple[int, int]]
    output: RenderOutput
    threads: int = 1
    encoder: Encoder = field(default_factory=Encoder)

    @property
    def duration(self) -> Fraction:
        """Return the seconds of the kept spans."""
        return sum(end - start for start, end in self.segments) / self.source.rate


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished file: its seconds and bytes; ``warnings`` are pairs of a code and a sentence."""

    duration: Fraction
    size: int
    warnings: tuple[tuple[str, str], ...] = ()


class CorruptMedia(JobError):
    """The source stops decoding, at so many seconds of its grid."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the source does not decode from {seconds:.3f} s on")
        self.seconds = seconds


class UnsupportedOutput(JobError):
    """The wanted file cannot be made of this source; the text is a sentence fit to show."""


async def render(
    server: ForkServer,
    request: RenderRequest,
    output: IO[bytes],
    *,
    timeout: float | None,
    memory_limit: int,
    on_progress: OnProgress = ignore_progress,
) -> Rendered:
    """Render to ``output``, which is open for reading and writing, in place of what is there; it is not synced.

    ``timeout`` is the seconds of each of two attempts, by default as the source is long. Progress never falls.
    Cancelling kills the child at once. Errors: :class:`CorruptMedia`, :class:`UnsupportedOutput`; ``OSError`` when
    the file cannot be opened or the output cannot be written, as where the disk is full;
    :class:`~roughy_box.media.jobs.JobError`;
    :class:`~roughy_box.media.children.ChildError` when no child can be started.
    """
    reached = 0.0

    def note(fraction: float, stage: str | None) -> None:
        nonlocal reached
        reached = max(reached, fraction)
        on_progress(reached, stage)

    def check(result: bytes) -> Rendered | CorruptMedia | UnsupportedOutput | OSError:
        return _checked(result, os.fstat(output.fileno()).st_size)

    async with opened(request.path) as source:
        job = _job(request, source.descriptor, output.fileno(), timeout, memory_limit)
        for is_last in (False, True):
            await asyncio.to_thread(empty, output.fileno())
            try:
                outcome = await run(server, job, check, note, attempts=1)
            except JobError:
                if is_last:
                    raise
                continue
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
    raise AssertionError


def _job(request: RenderRequest, source: int, output: int, timeout: float | None, memory: int) -> MediaJob:
    kept = float(request.duration)
    computing = timeout or _AT_LEAST + _EACH_KEPT * kept + _EACH * float(request.source.duration)
    largest = _LARGEST_REST + round(_LARGEST_SECOND * kept)
    memory = memory if request.encoder.name == X264 else DEVICE_MEMORY
    limits = Limits(memory, computing, timeout or computing * _SLOWEST, _SILENCE, output=largest)
    arguments = {
        "source": request.source.to_json(),
        "segments": [list(segment) for segment in request.segments],
        "output": asdict(request.output),
        "threads": request.threads,
        "encoder": asdict(request.encoder),
    }
    return MediaJob("render", source, limits, arguments, (output,))


def _checked(result: bytes, written: int) -> Rendered | CorruptMedia | UnsupportedOutput | OSError:
    """Return the outcome of a render: errors are returned, as what is raised here is the child's fault."""
    match parse_json(result):
        case {"duration": str(duration), "size": int(size), "warnings": list(warnings)} if size == written:
            return Rendered(parse_fraction(duration), size, _checked_warnings(warnings))
        case {"corrupt_at": int() | float() as seconds} if 0 <= seconds <= LONGEST:
            return CorruptMedia(float(seconds))
        case {"unsupported": str(sentence)} if is_sentence(sentence):
            return UnsupportedOutput(sentence)
        case {"errno": int(number)} if number in errno.errorcode:
            return OSError(number, os.strerror(number))
    raise ValueError("not the outcome of a render")


def _checked_warnings(warnings: list[object]) -> tuple[tuple[str, str], ...]:
    checked = []
    for warning in warnings[:_MOST_WARNINGS]:
        match warning:
            case [str(code), str(sentence)] if code in WARNINGS and is_sentence(sentence):
                checked.append((code, sentence))
            case _:
                raise ValueError("not a warning")
    return tuple(checked)
