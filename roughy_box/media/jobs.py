"""A child that does one job on one file: it gets the open file with the job, and says one answer."""

from __future__ import annotations

import json
import socket
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass

from roughy_box.media import process
from roughy_box.media.child import READY


@dataclass(frozen=True, slots=True)
class JobChild:
    """A process and our end of the socket that is its standard input."""

    process: Process
    server: socket.socket

    def give(self, job: Mapping[str, object], descriptor: int) -> None:
        """Hand over the job and the file. Errors: ``ConnectionError`` when the child has gone."""
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
