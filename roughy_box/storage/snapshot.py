"""Copies of a database: consistent while others write to it, checked, durable.

Only this process uses a copy, so it is opened without locks: it may be on a network disk that has none.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from roughy_box.base.files import give_to_owner, sync, sync_folder
from roughy_box.domain.errors import SetupError
from roughy_box.storage.copies import PART

_BUSY_TIMEOUT = 10.0  # seconds
# An interrupted change makes the copy worthless anyway, and a journal left behind would corrupt the next one.
_ONE_FILE = "PRAGMA journal_mode = MEMORY"


def take(source: Path, target: Path) -> None:
    """Copy the database at ``source`` to ``target``: checked, private, atomic, also while others write to it.

    Does not checkpoint and does not block writers. Errors: :class:`SetupError`.
    """
    part = target.with_name(target.name + PART)
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(opened_for_reading(source)) as origin, opened(part) as copy:
            # In one step: with several, each write of a server in between would restart it.
            origin.backup(copy)
            # The origin has a write-ahead log, and the copy would have one, too.
            copy.execute(_ONE_FILE)
            _check(copy, source)
        sync_file(part)
        give_to_owner(part)
        os.replace(part, target)
        sync_folder(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise SetupError(
            f"{source} cannot be copied to {target}: {error}. Check the free space and the permissions."
        ) from None
    finally:
        part.unlink(missing_ok=True)


def check(copy: Path) -> None:
    """Refuse a copy that is damaged. Errors: :class:`SetupError`."""
    try:
        with opened(copy) as connection:
            _check(connection, copy)
    except sqlite3.Error as error:
        raise _not_a_box(copy, error) from None


def identity(copy: Path) -> tuple[str, int]:
    """Return the box id and the schema number of a copy. Errors: :class:`SetupError`."""
    try:
        with opened(copy) as connection:
            return str(connection.execute("SELECT id FROM box").fetchone()[0]), schema_of(connection)
    except (sqlite3.Error, TypeError) as error:
        raise _not_a_box(copy, error) from None


def schema_of(connection: sqlite3.Connection) -> int:
    """Return the number of the last migration of a database."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def opened(copy: Path) -> Iterator[sqlite3.Connection]:
    """Connect to a copy that no other process uses."""
    address = f"{copy.absolute().as_uri()}?mode=rw&vfs=unix-none"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute(_ONE_FILE)
        yield connection


def opened_for_reading(path: Path) -> sqlite3.Connection:
    """Return a read-only connection to a database that a server may be using."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def sync_file(path: Path) -> None:
    """Make a file durable that was written by other means."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    fault = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if fault != "ok":
        raise SetupError(f"{path} is damaged: {fault}. Run 'roughy-box doctor' for details.")


def _not_a_box(path: Path, error: Exception) -> SetupError:
    return SetupError(f"{path} is not the database of a box: {error}.")
