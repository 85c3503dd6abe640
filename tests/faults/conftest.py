"""Fixtures of the fault tests: the table of faults, the number of rounds, a repeatable random generator."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.shims import compiled
from tests.faults.table import Fault, record
from tests.harness import LiveBox


@pytest.fixture
def report_fault(request: pytest.FixtureRequest) -> Iterator[Callable[[str, str], Fault]]:
    """Opens a line of the table: ``fault = report_fault("F7", "FIN in a chunk")``, then ``fault.rounds += 1``."""
    opened: list[Fault] = []

    def open_line(row: str, what: str) -> Fault:
        opened.append(Fault(row, what))
        return opened[-1]

    yield open_line
    for fault in opened:
        record(request.node, fault)


@pytest.fixture
def rounds() -> Callable[..., int]:
    """Return how often to repeat a fault: ``rounds(5)`` is 5, in a soak ROUNDS; ``rounds(5, share=0.1)`` a tenth."""

    def count(short: int, share: float = 1.0) -> int:
        soak = os.environ.get("ROUGHY_BOX_TESTS_ROUNDS")
        return max(short, round(int(soak) * share)) if soak else short

    return count


@pytest.fixture
def dice() -> random.Random:
    """Chances that a failure can be repeated with: the seed is printed, ROUGHY_BOX_TESTS_SEED sets it."""
    seed = int(os.environ.get("ROUGHY_BOX_TESTS_SEED") or random.randrange(2**32))
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture
def prepared_box(tmp_path: Path) -> Iterator[Callable[..., LiveBox]]:
    """Makes boxes that do not run yet, for tests that put something under them: ``prepared_box(credits=3)``."""
    boxes: list[LiveBox] = []

    def prepare(settings: dict[str, str] | None = None, **options: Any) -> LiveBox:
        folder = tmp_path / f"box{len(boxes)}"
        folder.mkdir()
        boxes.append(LiveBox(folder, settings, **options))
        return boxes[-1]

    yield prepare
    for box in boxes:
        if box.process:
            box.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Compiles a shim of this folder: ``shim("clock")``; its test needs gcc."""
    return partial(compiled, folder=tmp_path_factory.mktemp("shims"))
