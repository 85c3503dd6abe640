"""The kept folders, unpacked."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.harness import LiveBox
from tests.upgrades.keep import FOREVER, KEPT

SCHEMAS = sorted(int(path.name[7:11]) for path in KEPT.glob("schema-[0-9][0-9][0-9][0-9].tar.xz"))
# Nothing in a folder expires, however long it was kept.
SETTINGS = {"BILLING_PENDING_PAYMENT_RETENTION": FOREVER, "STORAGE_RESERVE": "0"}


def unpack(schema: int, folder: Path) -> tuple[LiveBox, dict[str, Any]]:
    """Return the box of ``schema`` in ``folder``, not running, and the answers its own program gave."""
    with tarfile.open(KEPT / f"schema-{schema:04d}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    told: dict[str, Any] = json.loads((folder / "told.json").read_text())
    (folder / "roughy-box.toml").write_text('[storage]\ndata_dir = "data"\n')
    return LiveBox(folder, SETTINGS, key=told["keys"]["studio"]), told


def schema_of(path: Path) -> int:
    """Return the schema of a database that no process uses."""
    return int(ask(path, "PRAGMA user_version")[0][0])


def ask(path: Path, question: str) -> list[Any]:
    """Return the rows of a query; the write-ahead log stays."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        return database.execute(question).fetchall()


def change(path: Path, statement: str) -> None:
    """Change a database that no process uses; its write-ahead log is removed, as after an orderly shutdown."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(statement)
