"""Starting and ending a child from the server."""

from __future__ import annotations

import asyncio
import contextlib
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import roughy_box
from roughy_box import frozen
from roughy_box.media.patience import patience

# Enough for Python, a virtualenv and the loader to find their parts. Nothing else goes over:
# the server's environment may hold keys.
_KEPT = (
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "MAGIC"),
    *("PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "VIRTUAL_ENV"),
)
_ANSWER_MAX = 64 * 1024
_START_SECONDS = 30.0


class ChildError(Exception):
    """A child could not be started at all: the box, not the media, has a fault."""


def environment() -> dict[str, str]:
    """The little that a child gets of ours."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    # Run from a checkout, the package is where we are and not where Python would look.
    package = str(Path(roughy_box.__file__).parents[1])
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [package, kept.get("PYTHONPATH")]))
    return kept | frozen.environment()


async def start(name: str, stdin: int, ready: bytes) -> Process:
    """A child that has said ``ready``.

    Errors: :class:`ChildError` when it ends or stays silent instead.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *frozen.command(),
            name,
            stdin=stdin,
            stdout=PIPE,
            stderr=DEVNULL,
            env=environment(),
            cwd="/",
            start_new_session=True,
            limit=_ANSWER_MAX,
        )
    except OSError as error:
        raise ChildError(f"{name} could not be started: {error}") from error
    try:
        async with patience(process.pid, _START_SECONDS):
            said = await read_line(process)
    except (TimeoutError, ValueError):
        said = b""
    except BaseException:
        await end(process)
        raise
    if said != ready:
        await end(process)
        raise ChildError(f"{name} did not start: it ended with status {process.returncode}")
    return process


async def read_line(process: Process) -> bytes:
    """The next line the child says, empty when it ended; ``ValueError`` if longer than any answer."""
    assert process.stdout
    return await process.stdout.readline()


async def end(process: Process) -> None:
    """Kill what still runs and wait until it is gone, also when we are being cancelled."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await asyncio.shield(_reap(process))


async def _reap(process: Process) -> None:
    # asyncio calls a process ended only when its pipes are, and stops reading one that is full.
    while process.stdout and await process.stdout.read(_ANSWER_MAX):
        pass
    await process.wait()
