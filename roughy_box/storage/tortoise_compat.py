"""The parts of Tortoise that its documentation does not promise, and a check that they are there.

``setup.cfg`` says which versions were tried.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import tortoise
from tortoise import Tortoise
from tortoise.connection import get_connection

from roughy_box.domain.errors import SetupError

NEEDED = "tortoise-orm>=1.1.9,<2"

try:
    from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
except ImportError as error:
    raise SetupError(f"Tortoise {tortoise.__version__} cannot be used: {error}. Install {NEEDED}.") from None


def check() -> None:
    """Refuse a Tortoise without the parts that this module uses. Errors: :class:`SetupError`."""
    if missing := ", ".join(_missing()):
        raise SetupError(f"Tortoise {tortoise.__version__} lacks {missing}, which the box uses. Install {NEEDED}.")


def _missing() -> Iterator[str]:
    if "_enable_global_fallback" not in inspect.signature(Tortoise.init).parameters:
        yield "Tortoise.init(_enable_global_fallback)"
    client = SqliteClient(":memory:", connection_name="default")  # connects when it is first used
    if not isinstance(getattr(client, "_lock", None), asyncio.Lock):
        yield "SqliteClient._lock"
    elif not hasattr(client, "_connection"):
        yield "SqliteClient._connection"
    else:
        transaction = _ImmediateTransaction(client)
        used = ("_connection", "_finalized", "begin", "commit")
        yield from (f"SqliteTransactionWrapper.{name}" for name in used if not hasattr(transaction, name))
    if [*inspect.signature(SqliteTransactionContext).parameters] != ["connection", "trxlock"]:
        yield "SqliteTransactionContext(connection, trxlock)"


async def connect(config: Mapping[str, Any]) -> None:
    """Initialize Tortoise; tasks started anywhere find its connections, not only those within its context."""
    await Tortoise.init(config=dict(config), _enable_global_fallback=True)


def first_idle(names: Sequence[str]) -> str:
    """Return the first of some connections that no query holds; one of them in turn if all are held."""
    for name in names:
        client = get_connection(name)
        assert isinstance(client, SqliteClient)
        if not client._lock.locked():
            return name
    return names[next(_turns) % len(names)]


_turns = count()


@asynccontextmanager
async def immediate_transaction() -> AsyncIterator[None]:
    """Run one transaction on the default connection, which holds SQLite's write lock from its start."""
    client = get_connection("default")
    assert isinstance(client, SqliteClient)
    connection = _ImmediateTransaction(client)
    async with SqliteTransactionContext(connection, client._lock):
        await connection.take_write_lock()
        yield
        # Committed here and not by the context manager: if the commit failed (a full disk), it would release
        # the lock with the transaction still open, and the next transaction would commit or roll back this one.
        await connection.commit()


class _ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction of Tortoise that begins inside its context, with SQLite's write lock."""

    async def begin(self) -> None:
        """Do nothing: the context holds the connection's lock by now, and would never release it if this failed."""

    async def take_write_lock(self) -> None:
        """Begin; from now on no other process can commit between our reads and writes."""
        if self._connection.in_transaction:  # its commit and its rollback failed
            await self._connection.rollback()
        await self._connection.execute("BEGIN IMMEDIATE")
