"""Helpers of backup tests: a box with an asset in every state, and access to what was saved of it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from roughy_box.base.progress import Progress
from roughy_box.operations.backup.verify import Outcome, check
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, serving, wait_until
from tests.media_bytes import wav

Row = dict[str, Any]


def used_box(folders: pytest.TempPathFactory) -> LiveBox:
    """Return a stopped box, shared by all tests."""
    return _used_box(folders.getbasetemp() / "used box")


@cache
def _used_box(folder: Path) -> LiveBox:
    """Two ready assets, an unpaid, a failed, a rejected one, an open and a new upload."""
    folder.mkdir()
    with serving(folder, credits=3) as box:
        api = Api(box)
        project_id, dice = api.project(), random.Random(7)
        for seconds in (1, 2, 70):
            api.upload(wav(seconds, rate=1000, noise=dice), project_id)
        silent = wav(0)
        no_media = silent[:36] + b"LIST" + (20).to_bytes(4, "little") + bytes(20) + silent[36:]
        assert api.upload(no_media, project_id)["state"] == "failed"
        for content in (b"just words " * 9, wav(1)[:99]):
            _, url = api.asset(5000, project_id)
            api.patch(url, 0, content)
        api.asset(500, project_id)
        api.http.close()
        wait_until(lambda: not rows(box.data_dir, "SELECT id FROM asset WHERE duration_ms > 0 AND sha256 IS NULL"))
        box.stop()
    return box


def terminal_with_copy(box: LiveBox, folder: Path) -> Shell:
    """Return a terminal with a copy of that box, which the test may change."""
    shutil.copytree(box.data_dir, folder / "data")
    shutil.copy(box.folder / "roughy-box.toml", folder)
    return Shell(folder, {"ROUGHY_BOX_STORAGE_DATA_DIR": str(folder / "data")})


def rows(data: Path, statement: str, *values: object) -> list[Row]:
    """Return the rows of a query."""
    with closing(sqlite3.connect(data / "box.db", timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(statement, values)]


def change(data: Path, *statements: str) -> None:
    """Change a database without the program."""
    with closing(sqlite3.connect(data / "box.db", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def media_of(data: Path, state: str, which: int = 0) -> Path:
    """Return the file of an asset in a state."""
    row = rows(data, "SELECT * FROM asset WHERE state = ? ORDER BY seq", state)[which]
    return data / f"media/projects/{row['project_id']}/{row['id']}.{row['extension']}"


def manifest_of(backup: Path) -> dict[str, Row]:
    """Return the entries of a backup by their path in the box."""
    return {entry["path"]: entry for entry in json.loads((backup / "manifest.json").read_text())["files"]}


def saved(backup: Path, path: str) -> Path:
    """Return the path that a file of the box has in a backup."""
    return backup / str(manifest_of(backup)[path]["stored"])


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def verified(backup: Path) -> Outcome:
    """Check every byte of a backup; fail if one is damaged."""
    outcome = check(backup, Progress())
    assert outcome.damaged == []
    return outcome


def nothing_else(backup: Path) -> None:
    """Check that a backup has only files that its manifest names."""
    named = {entry["stored"] for entry in manifest_of(backup).values()}
    assert set(tree(backup)) == named | {"manifest.json", "backup.lock"}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Cut(BaseException):
    """A power cut."""


# Functions by which the program changes the disk.
_CHANGES = ("open", "link", "replace", "unlink", "mkdir", "rmdir", "pwrite", "fsync", "utime")


@contextmanager
def cut_at(number: int) -> Iterator[Callable[[], int]]:
    """Break off the block before its ``number``-th change of the disk; nothing is changed from then on.

    Yields how many changes there were. Syncs do nothing: all this takes place in memory.
    """
    count = 0

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            if name == "open" and not arguments[1] & (os.O_CREAT | os.O_TRUNC):
                return real(*arguments, **options)
            count += 1
            if count >= number:
                raise Cut
            return None if name == "fsync" else real(*arguments, **options)

        return call

    patches = [patch.object(os, name, counted(name, getattr(os, name))) for name in _CHANGES]
    for each in patches:
        each.start()
    try:
        yield lambda: count
    except Cut:
        pass
    finally:
        for each in patches:
            each.stop()
