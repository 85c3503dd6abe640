"""Fixtures of the command line's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.harness import LiveBox


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A terminal in an empty folder."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return Shell(folder)


@pytest.fixture
def box_shell(shell: Shell) -> Shell:
    """A terminal in a folder with a box of 10 credits that is not served."""
    shell.environ["API_KEY"] = shell.json("init", "--credits", "10")["api_key"]
    return shell


@pytest.fixture
def live_shell(fresh_box: Callable[..., LiveBox]) -> tuple[LiveBox, Shell]:
    """A served box of 10 credits and a terminal next to it."""
    box = fresh_box(credits=10)
    return box, Shell(box.folder, {"ROUGHY_BOX_CONFIG": box.environ["ROUGHY_BOX_CONFIG"]})
