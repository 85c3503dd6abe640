"""Renders as commands that are measured alike: ours, as a child of the box makes it, and ffmpeg's trim and concat."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.clips import FFMPEG
from bench.lab import Figures
from roughy_box.media.description import Description
from roughy_box.media.worker.describe.describe import describe
from roughy_box.media.worker.file import Descriptor

_X264 = ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p", "-crf", "20"]
_OURS = """
import json, os, socket, sys, threading
from roughy_box.media.worker.line import Line
from roughy_box.media.worker.render.render import render
from roughy_box.media.worker.reporting import Reporter
def read(other):
    while other.recv(4096):
        pass
order = json.load(sys.stdin)
line, other = socket.socketpair()
threading.Thread(target=read, args=(other,), daemon=True).start()
source, target = (os.open(order[name], os.O_RDWR | os.O_CREAT, 0o600) for name in ("source", "target"))
outcome = render(Reporter(Line(line)), order["arguments"], source, target)
assert "size" in outcome, outcome
"""
Segments = Sequence[tuple[int, int]]


def described(path: Path, seconds: float) -> Description:
    """Return the description of a video that plays for so long."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        found = describe(Descriptor(descriptor), "video", round(seconds * 1000))
    finally:
        os.close(descriptor)
    assert found
    return found


def ours(source: Path, description: Description, segments: Segments, target: Path) -> Figures:
    """Render in a process like a child of the box."""
    arguments = {
        "source": description.to_json(),
        "segments": segments,
        "output": {"format": target.suffix[1:]},
        "threads": os.cpu_count(),
        "encoder": {},
    }
    order = {"source": str(source), "target": str(target), "arguments": arguments}
    return measured([sys.executable, "-c", _OURS], json.dumps(order))


def ffmpeg(source: Path, description: Description, segments: Segments, target: Path, rate: int) -> Figures:
    """Have ffmpeg trim and join the same spans, with the same settings of x264; ``rate`` is the most bits a second."""
    count, chains = len(segments), []
    for kind, prefix in ("v", ""), ("a", "a"):
        chains.append(f"[0:{kind}]{prefix}split={count}{''.join(f'[{kind}{number}]' for number in range(count))}")
        for number, (start, end) in enumerate(segments):
            span = f"start={float(start / description.rate)}:end={float(end / description.rate)}"
            chains.append(f"[{kind}{number}]{prefix}trim={span},{prefix}setpts=PTS-STARTPTS[{kind}{number}cut]")
    joined = "".join(f"[v{number}cut][a{number}cut]" for number in range(count))
    chains.append(f"{joined}concat=n={count}:v=1:a=1[v][a]")
    rates = ["-maxrate", str(rate), "-bufsize", str(2 * rate), "-g", str(round(2 * description.rate))]
    written = ["-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart", str(target)]
    graph = ["-filter_complex", ";".join(chains), "-map", "[v]", "-map", "[a]"]
    return measured([*FFMPEG, "-i", str(source), *graph, *_X264, *rates, *written])


def measured(command: Sequence[str], order: str = "") -> Figures:
    """Return the seconds and the CPU seconds that a command took, and its MiB."""
    began = time.perf_counter()
    running = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
    assert running.stdin
    running.stdin.write(order)
    running.stdin.close()
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0, command
    return {
        "wall": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024,
    }
