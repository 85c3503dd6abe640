"""What the children run: ``media-detect`` for all heads, one ``media-probe`` for each asset.

Both speak over their standard input and output with the server that started them. Heavy
imports wait until the limits stand.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from dataclasses import asdict
from typing import BinaryIO

from roughy_box.domain.asset import Failure, Preparation
from roughy_box.media import limits
from roughy_box.media.verdict import HEAD_MAX

LENGTH = struct.Struct("!I")
JOB_MAX = 4096
_DETECT_MEMORY = 1024**3
_DETECT_CPU_SECONDS = 5
READY = b"ready\n"


def main(argv: list[str]) -> int:
    """Run the child named by ``argv[0]``; the exit status is 0 when it did all that was asked."""
    limits.settle_in()
    return {"media-detect": _detect_heads, "media-probe": _probe_one}[argv[0]]()


def _detect_heads() -> int:
    """Answer each length-prefixed head with one line of JSON, until the server closes the pipe."""
    from roughy_box.media.detect import detect

    limits.limit_memory(_DETECT_MEMORY)
    _say(READY)
    while (head := _read_head(sys.stdin.buffer)) is not None:
        limits.limit_cpu(_DETECT_CPU_SECONDS)
        _say(detect(head).to_json().encode() + b"\n")
    return 0


def _read_head(stream: BinaryIO) -> bytes | None:
    prefix = stream.read(LENGTH.size)
    if len(prefix) < LENGTH.size:
        return None
    length = LENGTH.unpack(prefix)[0]
    head = stream.read(min(length, HEAD_MAX))
    return head if len(head) == length else None


def _probe_one() -> int:
    """Wait for a job on the socket that is our standard input, do it, and end.

    The job is a JSON object of limits and, with it, the descriptor of the asset. A spare child
    waits here with everything loaded; no job means that it is not needed any more.
    """
    from roughy_box.media.probe import probe
    from roughy_box.media.untrusted import Descriptor

    _say(READY)
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as server:
        message, descriptors, _, _ = socket.recv_fds(server, JOB_MAX, 1)
    if not descriptors:
        return 0
    job = json.loads(message)
    limits.limit_memory(job["memory"])
    limits.limit_cpu(job["cpu"])
    _say(_result(probe(Descriptor(descriptors[0]))))
    return 0


def _result(outcome: Preparation | Failure) -> bytes:
    return json.dumps({type(outcome).__name__: asdict(outcome)}).encode() + b"\n"


def _say(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
