"""What a child that does one job on one file is given: the job, the open file, and limits."""

from __future__ import annotations

import json
import math
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from roughy_box.media.process import Child

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


def give(child: Child, wish: Mapping[str, object], descriptor: int, limits: Limits) -> None:
    """Hand over a job and its file. Errors: ``ConnectionError`` when the child has gone."""
    job = {**wish, "memory": limits.memory, "cpu": math.ceil(limits.computing)}
    socket.send_fds(child.line, [json.dumps(job).encode()], [descriptor])
