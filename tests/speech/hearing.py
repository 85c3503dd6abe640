"""Hearing a file as the server does, and reading what was written."""

from __future__ import annotations

import math
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av

from roughy_box.cutting.listening import Listening
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import OnProgress, ignore_progress
from roughy_box.media.listening import Listened, Request, listen
from roughy_box.speech.payload import unpack
from roughy_box.speech.selection import NO_WORDS, Choice

MEMORY = 3 * 1024**3
NOBODY = Choice(NO_WORDS, None)


async def hear(
    children: ForkServer,
    path: Path,
    *choices: Choice,
    script: str | None = None,
    on_progress: OnProgress = ignore_progress,
    timeout: float | None = None,
    memory: int = MEMORY,
) -> tuple[Listened, bytes]:
    """Return what the server knows and the payload."""
    with av.open(str(path)) as container:
        duration_ms = math.ceil((container.duration or 0) / 1000)
    request = Request(path, duration_ms, [*choices, NOBODY], script)
    with tempfile.TemporaryFile() as output:
        heard = await listen(children, request, output, timeout=timeout, memory_limit=memory, on_progress=on_progress)
        output.seek(0)
        return heard, output.read()


async def listening(children: ForkServer, path: Path, *choices: Choice, **options: Any) -> Listening:
    """Return what was heard."""
    return unpack((await hear(children, path, *choices, **options))[1])[0]


def words(listening: Listening) -> list[str]:
    """Return the words as they are compared: folded, without noises."""
    kept = (word.text for word in listening.words if word.kind != "noise")
    return ["".join(filter(str.isalpha, text.lower())) for text in kept]


def convert(source: Sequence[Path], target: Path, *options: str) -> Path:
    """Make another form of a recording by ffmpeg."""
    inputs = [word for path in source for word in ("-i", str(path))]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, *options, str(target)], check=True)
    return target
