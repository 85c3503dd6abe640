"""The resources used by a server and its children, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.big_upload import memory

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Usage:
    """CPU in seconds, with the children and of the process alone; memory in MiB, of the process alone."""

    cpu: float = 0.0
    alone: float = 0.0
    idle: float = 0.0
    peak: float = 0.0


@contextmanager
def watched(pid: int) -> Iterator[Usage]:
    """Measure what the server uses until the end of the block."""
    usage = Usage(-cpu_seconds(pid), -_own_seconds(pid), memory(pid)[0])
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # reset the peak
    yield usage
    usage.cpu += cpu_seconds(pid)
    usage.alone += _own_seconds(pid)
    usage.peak = memory(pid)[1]


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process and all its descendants, including ended ones."""
    ticks = 0
    for one in tree(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            ticks += sum(map(int, _stat(one)[11:15]))
    return ticks / TICKS


def _own_seconds(pid: int) -> float:
    return sum(map(int, _stat(pid)[11:13])) / TICKS


def tree(pid: int) -> list[int]:
    """Return a process and its living descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(_stat(int(folder.name))[1])
        except OSError:
            continue  # it ended meanwhile
    found = [pid]
    for parent in found:
        found += [child for child, its_parent in parents.items() if its_parent == parent]
    return found


def _stat(pid: int) -> list[str]:
    # The name is in parentheses and may contain anything; the fields after it are plain.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
