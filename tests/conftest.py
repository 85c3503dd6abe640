"""Fixtures: one shared live box for tests that only add to it, fresh ones for the others."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.table import pytest_terminal_summary
from tests.harness import Api, LiveBox, serving

# Here, as the controller of several workers reads no file of a folder below.
__all__ = ["pytest_terminal_summary"]

INHERITED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


@pytest.fixture(scope="session", autouse=True)
def default_signals() -> Iterator[None]:
    """Give the processes of tests the default disposition of signals that this process ignores.

    nohup ignores SIGHUP, a shell script SIGINT and SIGQUIT of its background jobs, and children inherit that. A
    signal that has a handler here, even an empty one, is a default one in a child (execve(2)). SIGHUP still does not
    end the tests, as nohup wants.
    """
    ignored = [number for number in INHERITED if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        handler = signal.default_int_handler if number == signal.SIGINT else lambda *_: None
        signal.signal(number, handler)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


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
