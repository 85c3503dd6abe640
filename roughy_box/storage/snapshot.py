"""Copies of a database: taken whole beside its users, checked, durable.

A copy belongs to us alone, so it is opened without locks: it may lie on a network disk that has none.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from roughy_box.base.files import sync_folder
from roughy_box.domain.errors import SetupError
from roughy_box.storage.copies import PART

_PATIENCE = 10.0  # seconds for a busy database
# A change that is cut off makes the copy worthless anyway, and a journal left behind would spoil the next one.
_ONE_FILE = "PRAGMA journal_mode = MEMORY"


def take(source: Path, target: Path) -> None:
    """Copy the database at ``source``, whoever writes to it, to ``target``: checked, private, whole or not at all.

    Nothing is checkpointed, and writers are not held up. Errors: :class:`SetupError`.
    """
    part = target.with_name(target.name + PART)
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(opened_beside_others(source)) as origin, opened(part) as copy:
            # In one step: with several, each write of a server in between would begin it anew.
            origin.backup(copy)
            # The origin keeps a write-ahead log, and its copy would, too.
            copy.execute(_ONE_FILE)
            _check(copy, source)
        sync_file(part)
        os.replace(part, target)
        sync_folder(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise SetupError(
            f"{source} cannot be copied to {target}: {error}. Check that there is room and that it may be written."
        ) from None
    finally:
        part.unlink(missing_ok=True)


def check(copy: Path) -> None:
    """Refuse a copy that is damaged. Errors: :class:`SetupError`."""
    try:
        with opened(copy) as connection:
            _check(connection, copy)
    except sqlite3.Error as error:
        raise _strange(copy, error) from None


def identity(copy: Path) -> tuple[str, int]:
    """Whose database a copy is and what schema it has. Errors: :class:`SetupError`."""
    try:
        with opened(copy) as connection:
            return str(connection.execute("SELECT id FROM box").fetchone()[0]), schema_of(connection)
    except (sqlite3.Error, TypeError) as error:
        raise _strange(copy, error) from None


def schema_of(connection: sqlite3.Connection) -> int:
    """The number of the last migration a database has."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def opened(copy: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy that nobody else has open."""
    address = f"{copy.absolute().as_uri()}?mode=rw&vfs=unix-none"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute(_ONE_FILE)
        yield connection


def opened_beside_others(path: Path) -> sqlite3.Connection:
    """A connection for looking into a database that a server may have open."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=_PATIENCE
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def sync_file(path: Path) -> None:
    """Make what was written to a file by other means durable."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    fault = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if fault != "ok":
        raise SetupError(f"{path} is damaged: {fault}. 'roughy-box doctor' tells more.")


def _strange(path: Path, error: Exception) -> SetupError:
    return SetupError(f"{path} is no database of a box: {error}.")
