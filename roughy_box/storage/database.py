"""Opens the database and runs units of work on it.

One connection, one lock for what writes, all of it through :func:`transaction` or :func:`statement`. Reads have
a connection of their own: they need not wait until the disk has taken a commit (sqlite.org/wal.html, section 2.2).
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tortoise import Model, Tortoise
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError

from roughy_box.base.tasks import run_to_completion, wait_for_all

P = ParamSpec("P")
T = TypeVar("T")

# A statement fails with Tortoise's, a commit with SQLite's own.
DATABASE_ERRORS = (OperationalError, sqlite3.OperationalError)

_inside: ContextVar[bool] = ContextVar("inside a transaction", default=False)


class _Router:
    """Tells Tortoise which connection a query takes; within a transaction all take that of the transaction."""

    def db_for_read(self, _model: type[Model]) -> str:
        return "default" if _inside.get() else "reads"

    def db_for_write(self, _model: type[Model]) -> str:
        return "default"


@asynccontextmanager
async def open_database(path: Path, *, checkpoints: bool = True) -> AsyncIterator[None]:
    """Connect Tortoise to the database at ``path`` and close it at the end, work in flight finished.

    ``checkpoints``: whether this process copies the write-ahead log back. Only one process
    should: SQLite before 3.51.3 has a rare race between several (sqlite.org/wal.html, section 11).
    """
    pragmas: dict[str, str | int] = {
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
    reading = pragmas | {"wal_autocheckpoint": 0, "query_only": "ON"}
    await Tortoise.init(
        config={
            "connections": {"default": _connection(path, pragmas), "reads": _connection(path, reading)},
            "apps": {"box": {"models": ["roughy_box.storage.models"], "default_connection": "default"}},
            "routers": [_Router],
        },
        _enable_global_fallback=True,
    )
    try:
        yield
    finally:
        await wait_for_all()
        await Tortoise.close_connections()


def _connection(path: Path, pragmas: Mapping[str, str | int]) -> dict[str, object]:
    return {"engine": "tortoise.backends.sqlite", "credentials": {"file_path": str(path), **pragmas}}


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
        return await run_to_completion(_commit(work, *args, **kwargs))

    return whole


def statement(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Awaitable[T]]:
    """Make ``work``, which sends one statement, a unit: SQLite carries a single statement out whole by itself.

    One trip to the database's thread instead of three. Inside a transaction it is part of that one.
    """

    @wraps(work)
    async def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        return await (work(*args, **kwargs) if _inside.get() else run_to_completion(work(*args, **kwargs)))

    return whole


async def execute(sql: str, *values: object) -> int:
    """Send a statement in SQLite's own words; how many rows it changed."""
    changed, _ = await get_connection("default").execute_query(sql, list(values))
    return changed


@transaction
async def try_write_lock() -> None:
    """Take the right to write and give it back; nothing is written."""


def is_disk_full(error: Exception) -> bool:
    """Whether SQLite failed for want of space."""
    return "full" in str(error)


async def _commit(work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    _inside.set(True)
    client = get_connection("default")
    assert isinstance(client, SqliteClient)
    connection = _Transaction(client)
    async with SqliteTransactionContext(connection, client._lock):
        await connection.take_write_lock()
        result = await work(*args, **kwargs)
        # Committed here and not by the context manager: it would give the lock away with the
        # transaction still open if the commit failed (a full disk), and the next one would end it.
        await connection.commit()
    return result


class _Transaction(SqliteTransactionWrapper):
    """A transaction of Tortoise that begins within its context, and with SQLite's write lock."""

    async def begin(self) -> None:
        """Nothing: the context holds the connection's lock by now, and would keep it for ever if this failed."""

    async def take_write_lock(self) -> None:
        """Begin; a commit of another process can no longer come between our reads and writes."""
        if self._connection.in_transaction:  # one whose end failed, too
            await self._connection.rollback()
        await self._connection.execute("BEGIN IMMEDIATE")
