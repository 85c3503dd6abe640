"""Opens the database and runs units of work on it.

All writes share one connection and one lock, through :func:`transaction` or :func:`statement`. Reads have a few
connections of their own: they need not wait until a commit is on the disk (sqlite.org/wal.html, section 2.2), nor
for a read that takes longer.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tortoise import Model, Tortoise
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError

from roughy_box.base.tasks import run_to_completion, wait_for_all
from roughy_box.storage import tortoise_compat

P = ParamSpec("P")
T = TypeVar("T")

# A failed statement raises Tortoise's error, a failed commit SQLite's own.
DATABASE_ERRORS = (OperationalError, sqlite3.OperationalError)

_PAUSE = 0.03  # seconds; within it every writer that waits has looked (sqlite3_busy_timeout)
READERS = ("reads1", "reads2", "reads3", "reads4")

_inside: ContextVar[bool] = ContextVar("inside a transaction", default=False)
_listeners: set[Callable[[], None]] = set()


class _Router:
    """Selects the connection of a query; inside a transaction, always that of the transaction."""

    def db_for_read(self, _model: type[Model]) -> str:
        return _reader()

    def db_for_write(self, _model: type[Model]) -> str:
        return "default"


def _reader() -> str:
    return "default" if _inside.get() else tortoise_compat.first_idle(READERS)


@asynccontextmanager
async def open_database(path: Path, *, checkpoints: bool = True) -> AsyncIterator[None]:
    """Connect Tortoise to the database at ``path``; at the end, wait for work in flight and close it.

    ``checkpoints``: this process copies the write-ahead log back. Only one process should:
    SQLite before 3.51.3 has a rare race between several (sqlite.org/wal.html, section 11).
    Errors: :class:`SetupError` for a Tortoise that cannot be used.
    """
    tortoise_compat.check()
    pragmas: dict[str, str | int] = {
        # First, so that the others wait for a busy database.
        "busy_timeout": 5000,
        "journal_mode": "WAL",
        "synchronous": "FULL",
        # On macOS a sync leaves data in the cache of the disk otherwise; elsewhere these do nothing.
        "fullfsync": "ON",
        "checkpoint_fullfsync": "ON",
        "foreign_keys": "ON",
        # Without it, INSERT OR REPLACE would bypass the triggers of the ledger.
        "recursive_triggers": "ON",
        # What a statement with triggers sets aside stays out of /tmp, which may be read-only or another's.
        "temp_store": "MEMORY",
        "wal_autocheckpoint": 1000 if checkpoints else 0,
        "journal_size_limit": 64 * 1024**2,
    }
    reading = pragmas | {"wal_autocheckpoint": 0, "query_only": "ON"}
    await tortoise_compat.connect(
        {
            "connections": {"default": _connection(path, pragmas)} | dict.fromkeys(READERS, _connection(path, reading)),
            "apps": {"box": {"models": ["roughy_box.storage.models"], "default_connection": "default"}},
            "routers": [_Router],
        }
    )
    try:
        # Opened now: a server must be able to tell of a data folder that is gone later, and a transaction whose
        # connection cannot be opened would hold the lock for ever.
        for name in ("default", *(READERS if checkpoints else ())):
            await get_connection(name).execute_query("SELECT 1")
        yield
    finally:
        await wait_for_all()
        await Tortoise.close_connections()


def _connection(path: Path, pragmas: Mapping[str, str | int]) -> dict[str, object]:
    return {"engine": "tortoise.backends.sqlite", "credentials": {"file_path": str(path), **pragmas}}


def transaction(work: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Make ``work`` one atomic transaction.

    It runs in its own task: a web server cancels a handler when its client disconnects, and
    a cancelled Tortoise transaction would hold the connection's lock forever. Called inside
    another transaction, it becomes part of that one.
    """

    @wraps(work)
    async def atomic(*args: P.args, **kwargs: P.kwargs) -> T:
        if _inside.get():
            return await work(*args, **kwargs)
        return await run_to_completion(_commit(work, *args, **kwargs))

    return atomic


def statement(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Awaitable[T]]:
    """Make ``work``, which sends one statement, a unit of work: SQLite executes a single statement atomically.

    This takes one trip to the database's thread instead of three. Called inside a transaction, it is part of it.
    """

    @wraps(work)
    async def atomic(*args: P.args, **kwargs: P.kwargs) -> T:
        return await (work(*args, **kwargs) if _inside.get() else run_to_completion(_execute(work(*args, **kwargs))))

    return atomic


async def let_others_write() -> None:
    """Pause between two batches of long work: SQLite looks for a free lock only now and then while it waits."""
    await asyncio.sleep(_PAUSE)


@contextmanager
def on_commit(listener: Callable[[], None]) -> Iterator[None]:
    """Call ``listener`` after every unit of work that this process commits, while the block runs."""
    _listeners.add(listener)
    try:
        yield
    finally:
        _listeners.discard(listener)


async def execute(sql: str, *values: object) -> int:
    """Execute a statement of SQL and return the number of rows it changed."""
    changed, _ = await get_connection("default").execute_query(sql, list(values))
    return changed


async def write(sql: str, *values: object) -> list[dict[str, Any]]:
    """Execute a statement of SQL and return its rows (RETURNING)."""
    return await get_connection("default").execute_query_dict(sql, list(values))


async def write_many(sql: str, rows: Iterable[Sequence[object]]) -> None:
    """Execute a statement of SQL for each of ``rows``, in one trip to the database's thread."""
    await get_connection("default").execute_many(sql, [list(row) for row in rows])


async def fetch(sql: str, *values: object) -> Sequence[Mapping[str, Any]]:
    """Return the rows of a query in SQLite's own words, without waiting for writers unless in a transaction."""
    client = get_connection(_reader())
    _, rows = await client.execute_query(sql, list(values))
    return rows


@transaction
async def try_write_lock() -> None:
    """Take the write lock and release it; nothing is written."""


def is_disk_full(error: Exception) -> bool:
    """Return whether SQLite failed because the disk is full."""
    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        cause = cause.__cause__ or next((each for each in cause.args if isinstance(each, BaseException)), None)
    return False


async def _commit(work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    _inside.set(True)
    async with tortoise_compat.immediate_transaction():
        result = await work(*args, **kwargs)
    _announce()
    return result


async def _execute(work: Awaitable[T]) -> T:
    result = await work
    _announce()
    return result


def _announce() -> None:
    for listener in list(_listeners):
        listener()
