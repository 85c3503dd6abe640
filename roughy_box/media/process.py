"""Starting and ending a child from the server."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Protocol

import roughy_box
from roughy_box import frozen
from roughy_box.media.child import READY
from roughy_box.media.patience import patience

# Enough for Python, a virtualenv and the loader to find their parts. Nothing else goes over:
# the server's environment may hold keys.
_KEPT = (
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "MAGIC"),
    *("PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "VIRTUAL_ENV"),
)
_ANSWER_MAX = 64 * 1024
START_SECONDS = 30.0


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

    def is_alive(self) -> bool:
        """Whether it still runs."""

    def kill(self) -> None:
        """End it at once."""

    async def status(self) -> int:
        """Wait for its end; its exit status, or the negative number of the signal that ended it."""


class Ends:
    """Both ends of a child's standard input, a socket, and of its standard output, a pipe.

    Errors: ``OSError`` when there are no descriptors left.
    """

    def __init__(self) -> None:
        with ExitStack() as opened:
            self.server, self.stdin = map(opened.enter_context, socket.socketpair())
            self.server.setblocking(False)
            said, stdout = os.pipe()
            self.said: BinaryIO = opened.enter_context(open(said, "rb", buffering=0))
            self.stdout: BinaryIO = opened.enter_context(open(stdout, "wb", buffering=0))
            opened.pop_all()

    def hand_over(self) -> None:
        """Close those that the child now has."""
        self.stdin.close()
        self.stdout.close()

    def close(self) -> None:
        """Close all."""
        self.hand_over()
        self.server.close()
        self.said.close()


class Child:
    """A process of ours: its standard input is the other end of ``server``, and it says lines and bytes."""

    def __init__(self, life: Life, ends: Ends) -> None:
        self._life = life
        self._said = asyncio.StreamReader(_ANSWER_MAX)
        self._pipe: asyncio.ReadTransport | None = None
        self._ends = ends
        self.server = ends.server
        self.pid = life.pid

    @classmethod
    async def ready(cls, name: str, life: Life, ends: Ends) -> Child:
        """A child that has said it is ready. Errors: :class:`ChildError` when it ends or stays silent instead."""
        child = cls(life, ends)
        try:
            await child._listen()
            async with patience(child.pid, START_SECONDS):
                said = await child.read_line()
        except (TimeoutError, ValueError):
            said = b""
        except BaseException:
            await child.end()
            raise
        if said != READY:
            await child.end()
            raise ChildError(f"{name} did not start: it ended with status {await child.status()}")
        return child

    async def _listen(self) -> None:
        protocol = asyncio.StreamReaderProtocol(self._said)
        self._pipe, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, self._ends.said)

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._life.is_alive()

    async def read_line(self) -> bytes:
        """The next line it says, empty when it ended; ``ValueError`` if longer than any answer."""
        return await self._said.readline()

    async def read(self, size: int) -> bytes:
        """The next ``size`` bytes it says. Errors: :class:`asyncio.IncompleteReadError`."""
        return await self._said.readexactly(size)

    async def status(self) -> int:
        """Wait for its end; its exit status, or the negative number of the signal that ended it."""
        return await self._life.status()

    def kill(self) -> None:
        """Have it end at once, without waiting for that."""
        self._life.kill()

    async def end(self) -> None:
        """Kill it if it still runs, and wait until it is gone; when we are cancelled it is waited for all the same."""
        self.server.close()
        if self._pipe:
            self._pipe.close()
        if self.is_alive():
            self.kill()
            await asyncio.shield(self.status())


class _Started:
    """A process that we started ourselves.

    Not by uvloop: it forks, which takes ten milliseconds of the event loop and has every page written
    to next copied; Python's own vfork takes a third of one.
    """

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
    life, ends = _spawn(name)
    return await Child.ready(name, life, ends)


def _spawn(name: str) -> tuple[_Started, Ends]:
    try:
        ends = Ends()
        try:
            running = subprocess.Popen(
                [*frozen.command(), name],
                bufsize=0,
                stdin=ends.stdin.fileno(),
                stdout=ends.stdout.fileno(),
                stderr=subprocess.DEVNULL,
                env=environment(),
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            ends.close()
            raise
    except OSError as error:
        raise ChildError(f"{name} could not be started: {error}") from error
    ends.hand_over()
    return _Started(running), ends
