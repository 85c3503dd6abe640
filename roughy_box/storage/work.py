"""The moves of what an account asks for, in SQL: a cut, a render. Without effect on a row that was deleted.

``table`` and the names of ``values`` are those of this program, never of a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from roughy_box.storage.database import execute

Table = Literal["cut", "render"]

_STARTS_AGAIN = {"state = ?": "pending", "started_at = ?": None, "error_code = ?": None, "error_message = ?": None}


async def start(table: Table, row_id: str, now: int, **values: object) -> bool:
    """Move a waiting row to ``processing``; one that was in it goes on. Return False if it was deleted."""
    changes = {"state = ?": "processing", "started_at = coalesce(started_at, ?)": now}
    return await _move(table, row_id, ("pending", "processing"), changes | _assigned(values))


async def complete(table: Table, row_id: str, now: int, **values: object) -> bool:
    """Move a row in ``processing`` to ``completed``. Return False if it was deleted."""
    return await _move(
        table, row_id, ("processing",), {"state = ?": "completed", "completed_at = ?": now} | _assigned(values)
    )


async def fail(table: Table, row_id: str, code: str, message: str) -> bool:
    """Move a row in ``processing`` to ``failed``. Return False if it was deleted."""
    changes = {"state = ?": "failed", "error_code = ?": code, "error_message = ?": message}
    return await _move(table, row_id, ("processing",), changes)


async def retry(table: Table, row_id: str, **values: object) -> bool:
    """Move a failed row back to ``pending``. Return False for one that is not failed."""
    return await _move(table, row_id, ("failed",), _STARTS_AGAIN | _assigned(values))


async def _move(table: Table, row_id: str, before: tuple[str, ...], changes: Mapping[str, object]) -> bool:
    # The changes are assignments of SQL with their values.
    states = ", ".join("?" * len(before))
    statement = f"UPDATE {table} SET {', '.join(changes)} WHERE id = ? AND state IN ({states})"
    return bool(await execute(statement, *changes.values(), row_id, *before))


def _assigned(values: Mapping[str, object]) -> dict[str, object]:
    return {f"{column} = ?": value for column, value in values.items()}
