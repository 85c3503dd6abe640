"""One job in one child: handed over, watched while it makes progress, and its result checked."""

from __future__ import annotations

import itertools
import logging
import math
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from roughy_box.media.children import Child
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.protocol import JOB, Frame, ProtocolError, json_payload, parse_json
from roughy_box.media.timeouts import watchdog
from roughy_box.media.verdict import is_sentence

log = logging.getLogger(__name__)

T = TypeVar("T")
OnProgress = Callable[[float, str | None], None]

_ATTEMPTS = 2
_BASE_SECONDS = 60.0
_SECONDS_PER_BYTE = 2.0 / 100_000_000
# A good file on a slow or busy disk takes longer, and is good all the same.
_SLOWEST = 4
_SILENCE = 120.0
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a job: bytes of memory, seconds of computing, seconds in all and without progress."""

    memory: int
    computing: float
    waiting: float
    silence: float = _SILENCE
    output: int = 0  # bytes of each file it may write

    @classmethod
    def of(cls, size: int, timeout: float | None, memory: int) -> Limits:
        """Return the limits for a file of ``size`` bytes; ``timeout`` replaces what would grow with it."""
        computing = _BASE_SECONDS + size * _SECONDS_PER_BYTE
        return cls(memory, computing, computing * _SLOWEST) if timeout is None else cls(memory, timeout, timeout)


@dataclass(frozen=True, slots=True)
class MediaJob:
    """A job for a child: the name of its task, arguments for it, and the descriptors of its files."""

    task: str
    source: int
    limits: Limits
    arguments: Mapping[str, object] = field(default_factory=dict)
    outputs: tuple[int, ...] = ()
    longest_result: int = 64 * 1024  # bytes


class JobError(Exception):
    """A job that gave no result; the media is to blame, as far as can be known."""


class JobCrashedError(JobError):
    """The child ended, or sent something that is not in the protocol."""


class JobTimeoutError(JobError):
    """The job took longer than it may, or made no progress for too long."""


class JobRefusedError(JobError):
    """The child says that it cannot do this, in a sentence fit to show."""


def ignore_progress(_fraction: float, _stage: str | None) -> None:
    """Take no notice of progress."""


async def run(
    server: ForkServer,
    job: MediaJob,
    check: Callable[[bytes], T],
    on_progress: OnProgress = ignore_progress,
    *,
    attempts: int = _ATTEMPTS,
) -> T:
    """Return what ``check`` makes of the result of ``job``, done in a child of its own.

    ``check`` raises ``ValueError`` for what a child that does as it should never sends: hostile media may have
    taken it over. A crash or a timeout is tried once more, unless ``attempts`` is 1. Cancelling kills the child
    at once. Errors: :class:`JobError`; :class:`~roughy_box.media.children.ChildError` when no child can be started.
    """
    failure: JobError = JobCrashedError()
    for _ in range(attempts):
        try:
            return await server.run(f"media-{job.task}", lambda child: _attempt(child, job, check, on_progress))
        except (JobCrashedError, JobTimeoutError) as error:
            log.warning("media-%s %s", job.task, "ended too late" if isinstance(error, JobTimeoutError) else "crashed")
            failure = error
    raise failure


async def _attempt(child: Child, job: MediaJob, check: Callable[[bytes], T], on_progress: OnProgress) -> T:
    number = next(_numbers) % 2**32
    try:
        async with watchdog(child.pid, job.limits.waiting, job.limits.silence) as feed:
            await child.channel.send(Frame(JOB, number, _order(job)), [job.source, *job.outputs])
            while frame := await child.channel.receive(job.longest_result):
                if frame.job != number:
                    raise ProtocolError("a frame of another job")
                match frame.type:
                    case b"P":
                        _note(frame.payload, feed, on_progress)
                    case b"L":
                        _write_log(child.pid, frame.payload)
                    case b"R":
                        return check(frame.payload)
                    case b"E":
                        raise JobRefusedError(_sentence(frame.payload))
                    case _:
                        raise ProtocolError(f"a frame of type {frame.type!r}")
            status = await child.status()
    except TimeoutError:
        raise JobTimeoutError from None
    except (OSError, ValueError):
        raise JobCrashedError from None
    raise JobTimeoutError if status == -signal.SIGXCPU else JobCrashedError


def _order(job: MediaJob) -> bytes:
    limits = job.limits
    force = {"memory": limits.memory, "cpu": math.ceil(limits.computing), "output": limits.output}
    return json_payload({"arguments": job.arguments, "limits": force})


def _note(payload: bytes, feed: Callable[[int], None], on_progress: OnProgress) -> None:
    match parse_json(payload):
        case {"fraction": int() | float() as fraction, "work": int(work), "stage": None | str() as stage} if (
            0 <= fraction <= 1 and is_sentence(stage or "")
        ):
            feed(work)
            on_progress(fraction, stage)
        case _:
            raise ProtocolError("not a progress")


def _write_log(pid: int, payload: bytes) -> None:
    line = payload.decode("utf-8", "replace")
    if line.isprintable():
        log.debug("child %d: %s", pid, line)


def _sentence(payload: bytes) -> str:
    text = payload.decode("utf-8", "replace")
    if not is_sentence(text):
        raise ProtocolError("a reason that cannot be shown")
    return text
