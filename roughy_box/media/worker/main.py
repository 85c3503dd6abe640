"""The program of the children: ``media-detect`` checks all heads, ``media-fork`` forks a child for each other job.

All speak frames over their standard input and output with the server that started them. Heavy
imports wait until the limits stand.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from dataclasses import asdict
from typing import Any

from roughy_box.media.verdict import HEAD_MIN
from roughy_box.media.worker import confine, cpu_priority
from roughy_box.media.worker.line import Line
from roughy_box.media.worker.tasks import PRIORITIES, TASKS

PREFIX = "media-"

_DETECT_MEMORY = 1024**3
_DETECT_CPU_SECONDS = 5


def main(argv: list[str]) -> int:
    """Run the child named by ``argv[0]``; the exit status is 0 when it did all that was asked."""
    name = argv[0]
    confine.leave_the_network()
    if name == f"{PREFIX}fork":
        from roughy_box.media.worker import forkserver

        return forkserver.serve(run_task)
    confine.settle_in(name)
    if name == f"{PREFIX}detect":
        cpu_priority.set_priority(cpu_priority.RECEIVING)  # clients that send wait for it
        return _detect_heads(standard_line())
    return run_task(name)


def standard_line() -> Line:
    """Return the line to the server, which is the standard input and output."""
    return Line(socket.socket(fileno=os.dup(sys.stdin.fileno())))


def run_task(name: str) -> int:
    """Do one job of the task that ``name`` stands for, with its limits in force."""
    task = TASKS[name.removeprefix(PREFIX)]
    cpu_priority.set_priority(PRIORITIES[name.removeprefix(PREFIX)])
    line = standard_line()
    line.ready()
    if taken := line.take_job():
        payload, descriptors = taken
        job: dict[str, Any] = json.loads(payload)
        limits = job["limits"]
        confine.limit_output(limits["output"])
        confine.limit_memory(limits["memory"])
        confine.limit_cpu(limits["cpu"])
        line.result(task(line, job["arguments"], descriptors))
    return 0


def _detect_heads(line: Line) -> int:
    """Answer each head with a verdict, until the server closes the line."""
    from roughy_box.media.worker.detect import detect

    confine.limit_output(0)
    confine.limit_memory(_DETECT_MEMORY)
    detect(bytes(HEAD_MIN))  # libmagic reads its database at the first look
    confine.leave_the_others()
    line.ready()
    while taken := line.take_job():
        confine.limit_cpu(_DETECT_CPU_SECONDS)
        line.result(json.dumps(asdict(detect(taken[0]))).encode())
    return 0
