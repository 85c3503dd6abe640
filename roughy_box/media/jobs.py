"""A child that does one job on one file: it gets the open file with the job, and says one answer."""

from __future__ import annotations

import json
import math
import socket
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass

from roughy_box.media import process
from roughy_box.media.child import READY

_BASE_SECONDS = 60.0
_SECONDS_PER_BYTE = 2.0 / 100_000_000
# A good file on a slow or busy disk takes longer, and is good all the same.
_PATIENCE = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What one look at a file may take: bytes of memory, seconds of computing, seconds in all."""

    memory: int
    computing: float
    waiting: float

    @classmethod
    def of(cls, size: int, timeout: float | None, memory: int) -> Limits:
        """The limits for a file of ``size`` bytes; ``timeout`` replaces what would grow with it."""
        computing = _BASE_SECONDS + size * _SECONDS_PER_BYTE
        return cls(memory, computing, computing * _PATIENCE) if timeout is None else cls(memory, timeout, timeout)


@dataclass(frozen=True, slots=True)
class JobChild:
    """A process and our end of the socket that is its standard input."""

    process: Process
    server: socket.socket

    def give(self, wish: Mapping[str, object], descriptor: int, limits: Limits) -> None:
        """Hand over the job and the file. Errors: ``ConnectionError`` when the child has gone."""
        job = {**wish, "memory": limits.memory, "cpu": math.ceil(limits.computing)}
        socket.send_fds(self.server, [json.dumps(job).encode()], [descriptor])

    async def end(self) -> None:
        """Kill it if it still runs."""
        self.server.close()
        await process.end(self.process)


async def start(name: str) -> JobChild:
    """A child that waits for its job.

    Errors: :class:`~roughy_box.media.process.ChildError` when it does not start.
    """
    server, stdin = socket.socketpair()
    try:
        with stdin:
            return JobChild(await process.start(name, stdin.fileno(), READY), server)
    except BaseException:
        server.close()
        raise
