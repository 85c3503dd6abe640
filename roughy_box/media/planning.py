"""Makes a plan of a listening in a child."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from roughy_box.cutting.options import Options
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import Limits, MediaJob, OnProgress, ignore_progress, run
from roughy_box.media.protocol import parse_json
from roughy_box.media.source import opened

# Seconds of computing: an hour of speech takes about a minute, a script of 15,000 words as much again.
_AT_LEAST = 300.0
_EACH = 0.5  # second of the source
_SLOWEST = 4
_LARGEST = 128 * 1024**2  # bytes of a packed plan

Outcome = Literal["no_speech", "stale"]


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a plan is made of; ``expected`` are facts that the listening must have been made with."""

    listening: Path
    expected: Mapping[str, object]
    script: str | None
    options: Options
    rate: Fraction
    length: int


async def make_plan(
    server: ForkServer,
    request: PlanRequest,
    *,
    timeout: float | None,
    memory_limit: int,
    on_progress: OnProgress = ignore_progress,
) -> bytes | Outcome:
    """Return a packed plan; "no_speech" where nothing could be kept, "stale" for another listening than expected.

    ``timeout`` is the seconds of each of two attempts, by default as the source is long. Errors: ``OSError`` when the
    listening cannot be opened; :class:`~roughy_box.media.jobs.JobError`;
    :class:`~roughy_box.media.children.ChildError` when no child can be started.
    """
    computing = timeout or _AT_LEAST + _EACH * float(request.length / request.rate)
    limits = Limits(memory_limit, computing, timeout or computing * _SLOWEST)
    arguments = {
        "expected": dict(request.expected),
        "script": request.script,
        "options": asdict(request.options),
        "rate": str(request.rate),
        "length": request.length,
    }
    async with opened(request.listening) as source:
        job = MediaJob("plan", source.descriptor, limits, arguments, longest_result=_LARGEST)
        return await run(server, job, _checked, on_progress)


def _checked(result: bytes) -> bytes | Outcome:
    head, _, content = result.partition(b"\n")
    match parse_json(head):
        case {"outcome": "plan"} if content:
            return content
        case {"outcome": "no_speech" | "stale" as outcome}:
            found: Outcome = outcome
            return found
    raise ValueError("not a plan")
