"""Brings the database to this program's schema: numbered SQL files, one transaction each.

``PRAGMA user_version`` holds the number of the last file and is written in the same
transaction as the change it stands for.
"""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

from roughy_box.domain.errors import SetupError

# STRICT tables came with 3.37.
OLDEST_SQLITE = (3, 37)


def scripts() -> list[tuple[int, str]]:
    """The migrations (number, SQL) in order."""
    folder = resources.files("roughy_box.storage") / "migrations"
    return sorted(
        (int(entry.name[:4]), entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    )


def migrate(path: Path) -> None:
    """Apply what the database at ``path`` lacks, after a snapshot beside it if it holds data.

    Errors: :class:`SetupError` for a database of a newer program or an SQLite that is too old.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise SetupError(f"SQLite {sqlite3.sqlite_version} is too old; this program needs 3.37 or newer.")
    todo = scripts()
    latest = todo[-1][0]
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        present = _version(connection)
        if present > latest:
            raise SetupError(
                f"{path} was written by a newer Roughy Box (schema {present}, this program knows {latest}). "
                "Install that version again, or restore a backup made with this one."
            )
        if 0 < present < latest:
            _snapshot(connection, path.with_name(f"{path.name}.before-{latest:04d}"))
        for number, sql in todo:
            if number > present:
                _apply(connection, number, sql)
    finally:
        connection.close()


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _snapshot(connection: sqlite3.Connection, target: Path) -> None:
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
    finally:
        copy.close()


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    # The version is asked again inside the transaction: another process may have been faster.
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) < number:
            for statement in _statements(sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _statements(sql: str) -> list[str]:
    """Split a script; ``executescript`` would commit the open transaction first."""
    statements, pending = [], ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
