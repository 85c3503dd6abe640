"""The measuring: rounds in shuffled order on a warm page cache, and their results."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import ParamSpec, TypeVar

from bench.big_upload import sparse_wav
from bench.report import number

KIB, MIB, GIB = 1024, 1024**2, 1024**3
P = ParamSpec("P")
T = TypeVar("T")
Figures = dict[str, float]
Case = tuple[str, str]  # the server and its task
_GIVEN_BACK = Path("/sys/module/page_reporting/parameters/reported_kib")


@dataclass
class Results:
    """The figures of every round of every case."""

    rounds: list[dict[Case, Figures]] = field(default_factory=list)

    def median(self, case: Case, figure: str) -> float | None:
        """Return the median; ``None`` if nothing measured it."""
        values = [one[case][figure] for one in self.rounds if figure in one.get(case, {})]
        return median(values) if values else None

    def ratio(self, case: Case, other: Case, figure: str) -> float | None:
        """Return the median of the ratios within each round: a temporary slowdown affects both."""
        pairs = [(one[case], one[other]) for one in self.rounds if case in one and other in one]
        return median(ours[figure] / theirs[figure] for ours, theirs in pairs) if pairs else None

    def cells(self, case: Case, **digits: int) -> list[str]:
        """Return the medians of the named figures, formatted with so many digits."""
        return [number(self.median(case, figure), count) for figure, count in digits.items()]

    def ratios(self, case: Case, others: Iterable[str], figure: str) -> list[str]:
        """Return the formatted ratios to other servers with the same task."""
        return [number(self.ratio(case, (other, case[1]), figure), 2) for other in others]


@dataclass
class Lab:
    """The environment of every scenario. ``size`` in bytes, ``deadline`` on the monotonic clock."""

    folder: Path
    servers: list[str]
    rounds: int
    size: int
    deadline: float
    quick: bool = False

    def __post_init__(self) -> None:
        self._workers = ProcessPoolExecutor(2, mp_context=get_context("spawn"))
        self.source = self.folder / "source.wav"

    def close(self) -> None:
        self._workers.shutdown(cancel_futures=True)

    def available(self, *names: str) -> list[str]:
        """Return the servers that could be installed."""
        return [name for name in names if name in self.servers]

    def apart(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function in a separate process."""
        return self._workers.submit(work, *args, **kwargs)

    def play(self, cases: Mapping[Case, Callable[[], Figures]], heat: int = 0, at_most: int = 99) -> Results:
        """Run every case once per round, in a new order each time, with ``heat`` bytes of memory warmed before."""
        results = Results()
        for played in range(min(self.rounds, at_most)):
            if played and time.monotonic() > self.deadline:
                break
            order = list(cases)
            random.shuffle(order)
            one: dict[Case, Figures] = {}
            for case in order:
                warm(self.folder, heat)
                one[case] = cases[case]()
            results.rounds.append(one)
        return results


def make_source(path: Path, size: int) -> None:
    """Write a WAV file of noise."""
    sparse_wav(path, size)
    noise = os.urandom(MIB)
    with path.open("r+b") as file:
        file.seek(104)
        for left in range(size - 104, 0, -MIB):
            file.write(noise[:left])


def warm(folder: Path, size: int) -> None:
    """Have the kernel hold ``size`` bytes of memory for the next writer.

    A virtual machine returns memory to its host that has been free for a while, and writing to memory that it has to
    request again takes ten times as long. So this memory stays in use until the host has taken the rest, and is freed
    last.
    """
    path, block = folder / "warm", bytes(MIB)
    with path.open("wb") as file:
        # Half as much again, as not every freed page is used next.
        for _ in range(size // MIB * 3 // 2):
            file.write(block)
    if size:
        _await_calm()
    path.unlink()


def _await_calm() -> None:
    """Wait until the host has taken nothing for two seconds, the time after which Linux offers it free memory."""
    if not _GIVEN_BACK.exists():
        return
    given, since, until = _GIVEN_BACK.read_text(), time.monotonic(), time.monotonic() + 15
    while time.monotonic() < min(since + 2.2, until):
        time.sleep(0.05)
        if (now := _GIVEN_BACK.read_text()) != given:
            given, since = now, time.monotonic()
