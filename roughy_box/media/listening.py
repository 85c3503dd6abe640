"""Hears the sound of a file in a child: islands, words and features, written to a file of the server's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from roughy_box.base.files import empty
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import (
    JobCrashedError,
    JobError,
    JobTimeoutError,
    Limits,
    MediaJob,
    OnProgress,
    ignore_progress,
    run,
)
from roughy_box.media.protocol import parse_json
from roughy_box.media.source import opened
from roughy_box.media.verdict import is_language, is_sentence
from roughy_box.speech.recognizers import NONE
from roughy_box.speech.selection import Choice

RECOGNIZING = "recognizing"  # the stage in which a recognizer is to blame for what goes wrong

# Seconds of computing for each second of sound: the slowest recognizer that is worth waiting for, on a slow machine.
_COMPUTING = 3.0
_AT_LEAST = 300.0
_SLOWEST = 4
_SILENCE = 180.0
_LARGEST_SECOND = 4096  # bytes of a second of sound in the payload; it takes 1,600 and its words
_LARGEST_REST = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be heard: a file of ``duration_ms``, who may hear it, and what they know before."""

    path: Path
    duration_ms: int
    choices: Sequence[Choice]
    script: str | None = None
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Listened:
    """What was heard, and by which choice; ``warnings`` say which others failed before.

    ``size`` is that of the payload in bytes, ``language`` None where no recognizer could tell.
    """

    choice: Choice
    language: str | None
    islands: int
    words: int
    size: int
    warnings: tuple[str, ...] = ()


class NoSound(Exception):
    """The file has no sound track, or none that decodes."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """A recognizer that could not hear, and why."""

    sentence: str


async def listen(
    server: ForkServer,
    request: Request,
    output: IO[bytes],
    *,
    timeout: float | None,
    memory_limit: int,
    on_progress: OnProgress = ignore_progress,
) -> Listened:
    """Hear a file by the first choice that can, and write the payload to ``output``, in place of what is there.

    A recognizer that crashes, hangs, wants more memory than ``memory_limit`` bytes or says that it cannot hear is
    given up for the next choice, with a warning. ``timeout`` is the seconds for one choice, by default as the sound is
    long. Cancelling kills the child at once. Errors: :class:`NoSound`; ``OSError`` when the file cannot be opened;
    :class:`~roughy_box.media.jobs.JobError` when the media is to blame;
    :class:`~roughy_box.media.children.ChildError` when no child can be started.
    """
    warnings: list[str] = []
    async with opened(request.path) as source:
        for choice in request.choices:
            job = _job(request, choice, source.descriptor, output.fileno(), timeout, memory_limit)
            heard = await _hear(server, job, choice, on_progress)
            if isinstance(heard, Listened):
                return Listened(choice, heard.language, heard.islands, heard.words, heard.size, tuple(warnings))
            warnings.append(f"{choice.offer.engine} was not used. {heard.sentence}")
    raise JobCrashedError


async def _hear(server: ForkServer, job: MediaJob, choice: Choice, on_progress: OnProgress) -> Listened | _Failed:
    """Return what was heard, or why the recognizer could not. Errors: :class:`JobError` before it began."""
    stage: str | None = None

    def note(fraction: float, now: str | None) -> None:
        nonlocal stage
        stage = now
        on_progress(fraction, now)

    def check(result: bytes) -> Listened | _Failed:
        return _checked(result, choice, os.fstat(job.outputs[0]).st_size)

    for is_last in (False, True):
        await asyncio.to_thread(empty, job.outputs[0])
        try:
            return await run(server, job, check, note, attempts=1)
        except JobError as error:
            if stage == RECOGNIZING:
                return _Failed(_why(error))
            if is_last:
                raise
    raise AssertionError


def _why(error: JobError) -> str:
    if isinstance(error, JobTimeoutError):
        return "It took too long, or was silent for too long."
    return "It crashed, or wanted more memory than it may have."


def _job(request: Request, choice: Choice, source: int, output: int, timeout: float | None, memory: int) -> MediaJob:
    offer = choice.offer
    seconds = request.duration_ms / 1000
    computing = timeout or max(_AT_LEAST, _COMPUTING * seconds)
    limits = Limits(
        memory,
        computing,
        timeout or computing * _SLOWEST,
        _SILENCE,
        output=_LARGEST_REST + round(_LARGEST_SECOND * seconds),
    )
    arguments = {
        "engine": offer.engine,
        "identity": offer.identity,
        "model": str(offer.model) if offer.model else None,
        "language": choice.language,
        "script": request.script if offer.needs_script else None,
        "threads": request.threads,
        "duration_ms": request.duration_ms,
    }
    return MediaJob("listen", source, limits, arguments, (output,))


def _checked(result: bytes, choice: Choice, written: int) -> Listened | _Failed:
    match parse_json(result):
        case {"failure": str(sentence)} if is_sentence(sentence) and choice.offer.engine != NONE:
            return _Failed(sentence)
        case {"has_sound": False}:
            raise NoSound
        case {
            "has_sound": True,
            "size": int(size),
            "language": None | str() as language,
            "islands": int(islands),
            "words": int(words),
        } if size == written and islands >= 0 and words >= 0 and is_language(language):
            return Listened(choice, language, islands, words, size)
    raise ValueError("not a listening")
