"""The encoder of renders: x264, or a device of the machine that was tried in a child."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from roughy_box.media.children import ChildError
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import JobError, Limits, MediaJob, run
from roughy_box.media.protocol import parse_json
from roughy_box.media.verdict import is_sentence

Encoder = Literal["x264", "vaapi", "nvenc", "videotoolbox"]

X264: Encoder = "x264"
# Of those that may be there, the ones that encode best come first.
DEVICES: tuple[Encoder, ...] = ("videotoolbox", "nvenc", "vaapi")
AUTO = "auto"

# Drivers reserve address space for all the memory of a device and of the machine; little of it is used.
DEVICE_MEMORY = 2**46
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Choice:
    """An encoder that works here; ``reasons`` are sentences about those that were tried before it and do not."""

    encoder: Encoder
    reasons: tuple[str, ...] = ()


async def choose(server: ForkServer, wanted: str) -> Choice:
    """Return the wanted encoder, "auto" for any device; x264 where it does not work."""
    reasons: list[str] = []
    for encoder in DEVICES:
        if wanted in (AUTO, encoder):
            reason = await _try(server, encoder)
            if not reason:
                return Choice(encoder, tuple(reasons))
            reasons.append(f"{encoder} does not work here: {reason}")
    return Choice(X264, tuple(reasons))


async def _try(server: ForkServer, encoder: Encoder) -> str:
    """Return why an encoder does not work; empty if it does."""
    limits = Limits(DEVICE_MEMORY, _SECONDS, _SECONDS, _SECONDS)
    try:
        with open(os.devnull, "rb") as nothing:
            job = MediaJob("encoder", nothing.fileno(), limits, {"encoder": encoder})
            return await run(server, job, _checked, attempts=1)
    except (JobError, ChildError):
        return "its driver crashed or hung."


def _checked(result: bytes) -> str:
    match parse_json(result):
        case {"reason": str(reason)} if is_sentence(reason):
            return reason
    raise ValueError("not a reason")
