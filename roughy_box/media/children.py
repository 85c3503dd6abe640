"""Starting and ending a child from the server."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Protocol

import roughy_box
from roughy_box.base import frozen
from roughy_box.media.channel import Channel, pair, until_ready
from roughy_box.media.protocol import READY, Frame, ProtocolError
from roughy_box.media.timeouts import fair_timeout

# Enough for Python, a virtualenv and the loader to find their parts. Nothing else goes over:
# the server's environment may hold keys.
_KEPT = (
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "MAGIC"),
    *("PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "VIRTUAL_ENV"),
)
START_SECONDS = 30.0
_END_SECONDS = 5.0


class ChildError(Exception):
    """A child could not be started at all: the box, not the media, has a fault."""


def environment() -> dict[str, str]:
    """The little that a child gets of ours."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    # Run from a checkout, the package is where we are and not where Python would look.
    package = str(Path(roughy_box.__file__).parents[1])
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [package, kept.get("PYTHONPATH")]))
    return kept | frozen.environment()


class Life(Protocol):
    """A process as its starter knows it."""

    @property
    def pid(self) -> int:
        """The process id."""

    @property
    def is_lost(self) -> bool:
        """True when it ended by no fault of its own."""

    def is_alive(self) -> bool:
        """Return whether it still runs."""

    def kill(self) -> None:
        """End it at once."""

    async def status(self) -> int:
        """Wait for its end; return its exit status, or the negative number of the signal that ended it."""


class Child:
    """A process of ours; its standard input and output are the other end of ``channel``."""

    def __init__(self, life: Life, line: socket.socket) -> None:
        self._life = life
        self.channel = Channel(line)
        self.pid = life.pid

    @classmethod
    async def ready(cls, name: str, life: Life, line: socket.socket) -> Child:
        """Return a child that waits for a job. Errors: :class:`ChildError` when it ends or stays silent instead."""
        child = cls(life, line)
        frame: Frame | None = None
        try:
            async with fair_timeout(child.pid, START_SECONDS):
                frame = await child.channel.receive()
        except (TimeoutError, ProtocolError):
            pass
        except BaseException:
            await child.end()
            raise
        if frame is None or frame.type != READY:
            await child.end()
            fate = "it hangs" if child.is_alive() else f"it ended with status {await child.status()}"
            raise ChildError(f"{name} did not start: {fate}")
        return child

    @property
    def is_lost(self) -> bool:
        """True when it ended by no fault of its own, nor of the media's; once :meth:`end` has returned."""
        return self._life.is_lost

    def is_alive(self) -> bool:
        """Return whether it still runs."""
        return self._life.is_alive()

    async def status(self) -> int:
        """Wait for its end; return its exit status, or the negative number of the signal that ended it."""
        return await self._life.status()

    async def end(self) -> None:
        """Kill it if it still runs, and wait until it has ended, for a few seconds at most.

        The kernel does not let go of a process that hangs in the disk.
        """
        self.channel.close()
        if self.is_alive():
            self._life.kill()
            await asyncio.shield(asyncio.wait({asyncio.ensure_future(self.status())}, timeout=_END_SECONDS))


class _Started:
    """A process that we started ourselves.

    Not by uvloop: it forks, which takes ten milliseconds of the event loop and has every page written
    to next copied; Python's own vfork takes a third of one.
    """

    is_lost = False

    def __init__(self, running: subprocess.Popen[bytes]) -> None:
        self._running = running
        self.pid = running.pid
        # Waited for from the start: the kernel keeps a process that has ended until its status was read.
        self._end = asyncio.create_task(self._wait())

    def is_alive(self) -> bool:
        return self._running.poll() is None

    def kill(self) -> None:
        self._running.kill()

    async def status(self) -> int:
        return await asyncio.shield(self._end)

    async def _wait(self) -> int:
        # Not in a thread: a child that hangs in the disk would hold one of the few there are.
        with suppress(OSError):
            await _ended(self.pid)
        pause = 0.001
        while (status := self._running.poll()) is None:
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.1)
        return status


async def _ended(pid: int) -> None:
    """Wait until a child of ours has ended. Errors: ``OSError`` where the system cannot say (pidfd_open(2))."""
    if sys.platform != "linux":
        return
    descriptor = os.pidfd_open(pid)
    try:
        loop = asyncio.get_running_loop()
        await until_ready(loop.add_reader, loop.remove_reader, descriptor)
    finally:
        os.close(descriptor)


async def start(name: str) -> Child:
    """Our own program as a child, ready.

    Errors: :class:`ChildError` when it does not start.
    """
    try:
        running, line = _spawn(name)
    except OSError as error:
        raise ChildError(f"{name} could not be started: {error}") from error
    return await Child.ready(name, _Started(running), line)


def _spawn(name: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    with ExitStack() as in_vain:
        line, theirs = pair(in_vain)
        running = subprocess.Popen(
            [*frozen.command(), name],
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=subprocess.DEVNULL,
            env=environment(),
            cwd="/",
            # Not a session of its own: where the system gives each session a share of the processor, the children
            # have their part in the server's. A group of its own keeps Ctrl-C away from them.
            process_group=0,
        )
        in_vain.pop_all()
    theirs.close()
    return running, line
