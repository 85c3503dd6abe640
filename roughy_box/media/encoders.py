"""The encoders of pictures, and which of them work on this machine: each is tried in a child."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from roughy_box.media.children import ChildError
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import JobError, Limits, MediaJob, run
from roughy_box.media.protocol import parse_json
from roughy_box.media.render_output import DEVICE_MEMORY, X264, Encoder

_SECONDS = 30.0  # of computing, for a few small pictures: a driver may have to start

log = logging.getLogger(__name__)


def _has_nvidia() -> bool:
    return Path("/dev/nvidiactl").exists()


def _has_renderer() -> bool:
    return any(Path("/dev/dri").glob("renderD*"))


# By preference: those of graphics cards first. Without its device none is worth a try.
DEVICES: dict[str, Callable[[], bool]] = {
    "nvenc": _has_nvidia,
    "vaapi": _has_renderer,
    "videotoolbox": lambda: sys.platform == "darwin",
}


async def select(server: ForkServer, wanted: str) -> str:
    """Return the encoder to use for the setting ``wanted``: x264 where no other one works."""
    if wanted == X264:
        return X264
    found = await working(server, tuple(DEVICES) if wanted == "auto" else (wanted,))
    if not found and wanted != "auto":
        log.warning("rendering.encoder is %s, which does not work here: x264 is used. See 'roughy-box doctor'", wanted)
    return found[0] if found else X264


async def working(server: ForkServer, names: tuple[str, ...] = tuple(DEVICES)) -> list[str]:
    """Return the encoders of devices that work, of these, in order."""
    return [name for name in names if DEVICES[name]() and await _works(server, name)]


async def _works(server: ForkServer, name: str) -> bool:
    with open(os.devnull, "rb") as nothing:
        limits = Limits(DEVICE_MEMORY, _SECONDS, _SECONDS)
        job = MediaJob("encoder", nothing.fileno(), limits, asdict(Encoder(name)))
        try:
            return await run(server, job, _checked, attempts=1)
        except (JobError, ChildError):
            return False


def _checked(result: bytes) -> bool:
    works = parse_json(result)
    if not isinstance(works, bool):
        raise ValueError("not the outcome of a trial")
    return works
