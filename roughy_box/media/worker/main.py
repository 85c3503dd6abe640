"""What the children run: ``media-detect`` for all heads, one ``media-probe`` for each asset, and one
``media-preview`` for each poster and each waveform; ``media-fork`` becomes each of the latter.

All speak over their standard input and output with the server that wanted them. Heavy
imports wait until the limits stand.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from roughy_box.domain.asset import Failure, Preparation
from roughy_box.media.protocol import JOB_MAX, LENGTH, READY
from roughy_box.media.verdict import HEAD_MAX, HEAD_MIN
from roughy_box.media.worker import confine, cpu_priority

_DETECT_MEMORY = 1024**3
_DETECT_CPU_SECONDS = 5


def main(argv: list[str]) -> int:
    """Run the child named by ``argv[0]``; the exit status is 0 when it did all that was asked."""
    name = argv[0]
    confine.leave_the_network()
    if name == "media-fork":
        from roughy_box.media.worker import forkserver

        return forkserver.serve(CHILDREN)
    confine.settle_in(name)
    if name == "media-detect":
        cpu_priority.give_way()  # who sends waits for it
        return _detect_heads()
    cpu_priority.go_last(has_share=cpu_priority.take_the_least_share())
    return CHILDREN[name]()


def _detect_heads() -> int:
    """Answer each length-prefixed head with one line of JSON, until the server closes the line."""
    from roughy_box.media.worker.detect import detect

    confine.limit_memory(_DETECT_MEMORY)
    detect(bytes(HEAD_MIN))  # libmagic reads its database at the first look
    confine.leave_the_others()
    _say(READY)
    while (head := _read_head(sys.stdin.buffer)) is not None:
        confine.limit_cpu(_DETECT_CPU_SECONDS)
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
    """Say the verdict on one file."""
    from roughy_box.media.worker.open import Descriptor
    from roughy_box.media.worker.probe.measure import probe

    if given := _job():
        _say(_result(probe(Descriptor(given[1]))))
    return 0


def _draw_one() -> int:
    """Say the size of a poster or of a list of peaks, 0 for none, and then itself."""
    from roughy_box.media.worker.open import Descriptor
    from roughy_box.media.worker.poster import draw_poster
    from roughy_box.media.worker.waveform import measure_peaks

    if given := _job():
        job, file = given[0], Descriptor(given[1])
        if job["kind"] == "poster":
            drawn = draw_poster(file) or b""
        else:
            peaks = measure_peaks(file, job["duration_ms"], job["peaks"])
            drawn = b"" if peaks is None else json.dumps(peaks).encode()
        _say(b"%d\n%s" % (len(drawn), drawn))
    return 0


def _job() -> tuple[dict[str, Any], int] | None:
    """Wait for a job on the socket that is our standard input, and put its limits in force.

    It is a JSON object and, with it, the descriptor of the file; none comes when we are not needed any more.
    """
    _say(READY)
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as server:
        message, descriptors, _, _ = socket.recv_fds(server, JOB_MAX, 1)
    if not descriptors:
        return None
    job: dict[str, Any] = json.loads(message)
    confine.limit_memory(job["memory"])
    confine.limit_cpu(job["cpu"])
    return job, descriptors[0]


def _result(outcome: Preparation | Failure) -> bytes:
    return json.dumps({type(outcome).__name__: asdict(outcome)}).encode() + b"\n"


def _say(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


# Those that do one job and should not be noticed by who sends.
CHILDREN = {"media-probe": _probe_one, "media-preview": _draw_one}
