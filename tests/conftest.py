"""Fixtures: one shared live box for tests that only add to it, fresh ones for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.table import pytest_terminal_summary
from tests.harness import Api, LiveBox, serving

# Here, as the controller of several workers reads no file of a folder below.
__all__ = ["pytest_terminal_summary"]


@pytest.fixture(scope="session")
def shared_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A running box with many credits; leave it as usable as you found it."""
    unlimited = {"UPLOADS_MAX_OPEN": "1000000", "SERVER_FAILED_KEYS": "1000000"}
    with serving(tmp_path_factory.mktemp("shared"), unlimited, credits=1_000_000) as box:
        yield box


@pytest.fixture
def api(shared_box: LiveBox) -> Iterator[Api]:
    """The API of the shared box."""
    client = Api(shared_box)
    with client.http:
        yield client


@pytest.fixture
def fresh_box(tmp_path: Path) -> Iterator[Callable[..., LiveBox]]:
    """Starts boxes of a test's own: ``fresh_box({"UPLOADS_IDLE_EXPIRY": "1s"}, credits=3)``."""
    with ExitStack() as stack:
        count = 0

        def start(settings: dict[str, str] | None = None, **options: Any) -> LiveBox:
            nonlocal count
            count += 1
            folder = tmp_path / f"box{count}"
            folder.mkdir()
            return stack.enter_context(serving(folder, settings, **options))

        yield start
