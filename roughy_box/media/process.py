"""Starting and ending a child from the server.

Not by uvloop: it forks, which takes ten milliseconds of the event loop and has every page written
to next copied; Python's own vfork takes a third of one.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from pathlib import Path

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


class Child:
    """A process of ours: its standard input is the other end of ``server``, and it says lines and bytes."""

    def __init__(self, running: subprocess.Popen[bytes], server: socket.socket) -> None:
        self._running = running
        self._said = asyncio.StreamReader(_ANSWER_MAX)
        self._pipe: asyncio.ReadTransport | None = None
        self.server = server
        self.pid = running.pid

    async def listen(self) -> None:
        """Begin to hear what it says; once."""
        protocol = asyncio.StreamReaderProtocol(self._said)
        assert self._running.stdout
        self._pipe, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, self._running.stdout)

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._running.poll() is None

    async def read_line(self) -> bytes:
        """The next line it says, empty when it ended; ``ValueError`` if longer than any answer."""
        return await self._said.readline()

    async def read(self, size: int) -> bytes:
        """The next ``size`` bytes it says. Errors: :class:`asyncio.IncompleteReadError`."""
        return await self._said.readexactly(size)

    async def status(self) -> int:
        """Wait for its end; its exit status, or the negative number of the signal that ended it."""
        pause = 0.001
        # Not in a thread: a child that hangs in the disk would hold one of the few there are.
        while (status := self._running.poll()) is None:
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.1)
        return status

    async def end(self) -> None:
        """Kill it if it still runs, and wait until it is gone; when we are cancelled it is waited for all the same."""
        self.server.close()
        if self._pipe:
            self._pipe.close()
        if self.is_alive():
            self._running.kill()
            await asyncio.shield(self.status())


async def start(name: str) -> Child:
    """A child that has said it is ready.

    Errors: :class:`ChildError` when it ends or stays silent instead.
    """
    child = _spawn(name)
    try:
        await child.listen()
        async with patience(child.pid, _START_SECONDS):
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


def _spawn(name: str) -> Child:
    try:
        server, stdin = socket.socketpair()
        server.setblocking(False)
        with stdin:
            running = subprocess.Popen(
                [*frozen.command(), name],
                bufsize=0,
                stdin=stdin.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
                cwd="/",
                start_new_session=True,
            )
    except OSError as error:
        raise ChildError(f"{name} could not be started: {error}") from error
    return Child(running, server)
