"""How long a child may take, and what does not count."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from roughy_box.media import timeouts as module
from roughy_box.media.timeouts import fair_timeout

PID = os.getpid()


async def test_ends_what_takes_too_long() -> None:
    with pytest.raises(TimeoutError):
        async with fair_timeout(PID, 0.05):
            await asyncio.sleep(60)


async def test_lets_pass_what_is_in_time_and_forgets_it() -> None:
    async with fair_timeout(PID, 0.05):
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)


async def test_ends_what_waits_for_a_process_that_has_gone() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with pytest.raises(TimeoutError):
        async with fair_timeout(gone.pid, 0.05):
            await asyncio.sleep(60)


async def test_waiting_for_a_processor_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = iter([5.0, 5.02, 5.04, 5.06])
    looks: list[float] = []

    def kept_waiting(pid: int) -> float:
        looks.append(asyncio.get_running_loop().time())
        return next(waited, 5.06)

    monkeypatch.setattr(module, "_kept_waiting", kept_waiting)
    with pytest.raises(TimeoutError):
        async with fair_timeout(PID, 0.05):
            await asyncio.sleep(60)
    # What it had waited before is not given to it, what it waits meanwhile is.
    assert len(looks) > 2
    assert looks[-1] - looks[0] >= 0.05 + 0.02


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this system does not tell who had to wait")
async def test_reads_how_long_a_process_had_to_wait() -> None:
    with busy_on_one_core() as first, busy_on_one_core() as second:
        async with asyncio.timeout(30):
            while min(map(module._kept_waiting, (first, second))) < 0.1:
                await asyncio.sleep(0.02)


@contextmanager
def busy_on_one_core() -> Iterator[int]:
    core = min(os.sched_getaffinity(0))
    script = f"import os; os.sched_setaffinity(0, {{{core}}})\nwhile True: pass"
    process = subprocess.Popen([sys.executable, "-c", script])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()
