"""Migrates the database to this program's schema: numbered SQL files, all missing ones in one transaction.

``PRAGMA user_version`` holds the number of the last file and is written in the same
transaction as its change.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path

from roughy_box.domain.errors import SetupError
from roughy_box.storage import snapshot

log = logging.getLogger(__name__)

# STRICT tables came with 3.37.
OLDEST_SQLITE = (3, 37)


def scripts() -> list[tuple[int, str]]:
    """Return the migrations (number, SQL) in order."""
    folder = resources.files("roughy_box.storage") / "migrations"
    return sorted(
        (int(entry.name[:4]), entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    )


def migrate(path: Path) -> None:
    """Apply the missing migrations to the database at ``path``, after a snapshot if it holds data.

    Only the newest snapshot is kept. Errors: :class:`SetupError` for a database of a newer program,
    an SQLite that is too old, or a failed snapshot; nothing is changed then.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise SetupError(f"SQLite {sqlite3.sqlite_version} is too old; this program needs 3.37 or newer.")
    todo = scripts()
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
        connection.execute("PRAGMA temp_store = MEMORY")  # nothing is written outside the data folder
        if check_known(snapshot.schema_of(connection), path) < todo[-1][0]:
            _apply_missing(connection, path, todo)


def is_outdated(path: Path) -> bool:
    """Return whether the database lacks a migration."""
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        return snapshot.schema_of(connection) < scripts()[-1][0]


def check_known(schema: int, path: Path) -> int:
    """Refuse the schema of a newer program, found at ``path``. Errors: :class:`SetupError`."""
    latest = scripts()[-1][0]
    if schema > latest:
        raise SetupError(
            f"{path} was written by a newer Roughy Box (schema {schema}, this program knows {latest}). "
            "Install that version again, or restore a backup made with this one."
        )
    return schema


def _apply_missing(connection: sqlite3.Connection, path: Path, todo: list[tuple[int, str]]) -> None:
    # The write lock comes first, so that nothing is committed between the snapshot and the change.
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have been faster.
        present, latest = snapshot.schema_of(connection), todo[-1][0]
        kept = path.with_name(f"{path.name}.before-{latest:04d}")
        if 0 < present < latest:
            snapshot.take(path, kept)
        for number, sql in todo:
            if number > present:
                _apply(connection, number, sql)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled it back already
            connection.execute("ROLLBACK")
        raise
    if 0 < present < latest:
        _drop_older(kept)
        log.warning(
            "%s was migrated to schema %d. The database before the migration is kept in %s until the next one; "
            "delete that file once you have checked that everything works.",
            path,
            latest,
            kept,
        )


def _drop_older(kept: Path) -> None:
    stem = kept.name.rpartition("-")[0]
    for path in kept.parent.glob(f"{stem}-[0-9][0-9][0-9][0-9]"):
        if path.name < kept.name:
            path.unlink(missing_ok=True)


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    for statement in _statements(sql):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {number}")


def _statements(sql: str) -> list[str]:
    """Split a script; ``executescript`` would commit the open transaction first."""
    statements, pending = [], ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
