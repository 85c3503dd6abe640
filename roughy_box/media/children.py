"""Starting and ending a child from the server."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import roughy_box
from roughy_box.base import frozen
from roughy_box.media.protocol import READY
from roughy_box.media.socket_io import pair, receive
from roughy_box.media.timeouts import fair_timeout

# Enough for Python, a virtualenv and the loader to find their parts. Nothing else goes over:
# the server's environment may hold keys.
_KEPT = (
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "MAGIC"),
    *("PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "VIRTUAL_ENV"),
)
_ANSWER_MAX = 64 * 1024
_PIECE = 64 * 1024
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
    """A process as those know it who have it started."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def is_lost(self) -> bool:
        """Whether it ended by no fault of its own."""

    def is_alive(self) -> bool:
        """Whether it still runs."""

    def kill(self) -> None:
        """End it at once."""

    async def status(self) -> int:
        """Wait for its end; its exit status, or the negative number of the signal that ended it."""


class Child:
    """A process of ours; its standard input and output are the other end of ``line``."""

    def __init__(self, life: Life, line: socket.socket) -> None:
        self._life = life
        self._heard = bytearray()
        self.line = line
        self.pid = life.pid

    @classmethod
    async def ready(cls, name: str, life: Life, line: socket.socket) -> Child:
        """A child that has said it is ready. Errors: :class:`ChildError` when it ends or stays silent instead."""
        child = cls(life, line)
        try:
            async with fair_timeout(child.pid, START_SECONDS):
                said = await child.read_line()
        except (TimeoutError, ValueError):
            said = b""
        except BaseException:
            await child.end()
            raise
        if said != READY:
            await child.end()
            fate = "it hangs" if child.is_alive() else f"it ended with status {await child.status()}"
            raise ChildError(f"{name} did not start: {fate}")
        return child

    @property
    def is_lost(self) -> bool:
        """Whether it ended by no fault of its own, nor of the media's; once :meth:`end` has returned."""
        return self._life.is_lost

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._life.is_alive()

    async def read_line(self) -> bytes:
        """The next line it says, what is left when it ended; ``ValueError`` if longer than any answer."""
        while b"\n" not in self._heard and await self._hear():
            if len(self._heard) > _ANSWER_MAX:
                raise ValueError("it talks without end")
        return self._take(self._heard.find(b"\n") + 1 or len(self._heard))

    async def read(self, size: int) -> bytes:
        """The next ``size`` bytes it says, fewer when it ended."""
        while len(self._heard) < size and await self._hear():
            pass
        return self._take(size)

    async def _hear(self) -> bool:
        try:
            data = await receive(self.line, _PIECE)
        except ConnectionError:  # it ended before it had read all we sent
            data = b""
        self._heard += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._heard[:size])
        del self._heard[:size]
        return taken

    async def status(self) -> int:
        """Wait for its end; its exit status, or the negative number of the signal that ended it."""
        return await self._life.status()

    async def end(self) -> None:
        """Kill it if it still runs, and wait until it is gone.

        Not for ever: the kernel does not let go of one that hangs in the disk.
        """
        self.line.close()
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

    def is_alive(self) -> bool:
        return self._running.poll() is None

    def kill(self) -> None:
        self._running.kill()

    async def status(self) -> int:
        pause = 0.001
        # Not in a thread: a child that hangs in the disk would hold one of the few there are.
        while (status := self._running.poll()) is None:
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.1)
        return status


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
            start_new_session=True,
        )
        in_vain.pop_all()
    theirs.close()
    return running, line
