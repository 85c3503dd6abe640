"""Opens the database and runs units of work on it.

One connection, one lock. Every write of the program goes through :func:`transaction`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from tortoise import Tortoise
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from roughy_box.tasks import all_done, unbroken

P = ParamSpec("P")
T = TypeVar("T")

# An UPDATE takes SQLite's write lock even when it matches no row. With the lock taken first, a
# commit of another process cannot come between our reads and writes ("database is locked").
_TAKE_WRITE_LOCK = "UPDATE box SET one = 1 WHERE 0"

# A statement fails with Tortoise's, a commit with SQLite's own.
DATABASE_ERRORS = (OperationalError, sqlite3.OperationalError)

_inside: ContextVar[bool] = ContextVar("inside a transaction", default=False)


@asynccontextmanager
async def open_database(path: Path, *, checkpoints: bool = True) -> AsyncIterator[None]:
    """Connect Tortoise to the database at ``path`` and close it at the end, work in flight finished.

    ``checkpoints``: whether this process copies the write-ahead log back. Only one process
    should: SQLite before 3.51.3 has a rare race between several (sqlite.org/wal.html, section 11).
    """
    pragmas = {
        # In this order: the first one lets the others wait for a busy database.
        "busy_timeout": 5000,
        "journal_mode": "WAL",
        "synchronous": "FULL",
        "foreign_keys": "ON",
        # Without it INSERT OR REPLACE would walk past the ledger's triggers.
        "recursive_triggers": "ON",
        "wal_autocheckpoint": 1000 if checkpoints else 0,
        "journal_size_limit": 64 * 1024**2,
    }
    await Tortoise.init(
        config={
            "connections": {
                "default": {"engine": "tortoise.backends.sqlite", "credentials": {"file_path": str(path), **pragmas}}
            },
            "apps": {"box": {"models": ["roughy_box.storage.models"], "default_connection": "default"}},
        },
        _enable_global_fallback=True,
    )
    try:
        yield
    finally:
        await all_done()
        await Tortoise.close_connections()


def transaction(work: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Make ``work`` one transaction that is carried out whole or not at all.

    It runs in a task of its own: a web server cancels a handler when its client goes away, and
    a cancelled Tortoise transaction would keep the connection's lock for ever. Called inside
    another transaction it becomes part of that one.
    """

    @wraps(work)
    async def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        if _inside.get():
            return await work(*args, **kwargs)
        return await unbroken(_commit(work, *args, **kwargs))

    return whole


def is_disk_full(error: Exception) -> bool:
    """Whether SQLite failed for want of space."""
    return "full" in str(error)


async def _commit(work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    _inside.set(True)
    async with in_transaction() as connection:
        await connection.execute_query(_TAKE_WRITE_LOCK)
        result = await work(*args, **kwargs)
        # Committed here and not by the context manager: it would give the lock away with the
        # transaction still open if the commit failed (a full disk), and the next one would end it.
        await connection.commit()
    return result
