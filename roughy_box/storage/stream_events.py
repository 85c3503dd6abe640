"""The events that streams send, in SQL. Triggers of the migration of the same name write them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from roughy_box.storage.database import execute, fetch, let_others_write, statement

PAGE = 100  # rows a query
_BATCH = 1000  # rows a statement, so that no other writer waits for long

_AFTER = "SELECT seq, account_id, type, entity FROM stream_event WHERE seq > ? ORDER BY seq LIMIT ?"
_OF_ACCOUNT = """SELECT seq, account_id, type, entity FROM stream_event
                 WHERE account_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"""
_LAST = "SELECT seq FROM sqlite_sequence WHERE name = 'stream_event'"
_NEWEST_BEFORE = """SELECT seq FROM stream_event WHERE account_id = ? AND created_at < ?
                    ORDER BY seq DESC LIMIT 1"""
# The newest of the old ones of an account stays, by which a number is found to be too old to resume from.
_PRUNE = """DELETE FROM stream_event WHERE seq IN (
  SELECT seq FROM stream_event AS old WHERE created_at < ? AND ? > (
    SELECT created_at FROM stream_event AS next
    WHERE next.account_id = old.account_id AND next.seq > old.seq ORDER BY next.seq LIMIT 1)
  LIMIT ?)"""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """An event: its number, and the entity as the change left it, as JSON by the names of its columns."""

    seq: int
    account_id: str
    type: str
    entity: str


async def last_number() -> int:
    """Return the number of the newest event that was ever stored, 0 if there was none."""
    rows = await fetch(_LAST)
    return int(rows[0]["seq"]) if rows else 0


async def read_after(seq: int) -> list[StreamEvent]:
    """Return the first events of all accounts after a number."""
    return [_event(row) for row in await fetch(_AFTER, seq, PAGE)]


async def read_of_account(account_id: str, after: int, until: int) -> list[StreamEvent]:
    """Return the first events of an account after a number, up to another one."""
    return [_event(row) for row in await fetch(_OF_ACCOUNT, account_id, after, until, PAGE)]


async def newest_before(account_id: str, instant: int) -> int:
    """Return the number of the newest event of an account that is older than an instant, 0 if there is none."""
    rows = await fetch(_NEWEST_BEFORE, account_id, instant)
    return int(rows[0]["seq"]) if rows else 0


async def read_entities(view: str, ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Return rows of a table or view of this program by their ids."""
    rows = await fetch(f"SELECT * FROM {view} WHERE id IN (SELECT value FROM json_each(?))", json.dumps([*ids]))
    return {row["id"]: dict(row) for row in rows}


async def prune(instant: int) -> None:
    """Delete the events from before an instant, except the newest of each account."""
    while await _prune_some(instant) == _BATCH:
        await let_others_write()


@statement
async def _prune_some(instant: int) -> int:
    return await execute(_PRUNE, instant, instant, _BATCH)


def _event(row: Mapping[str, Any]) -> StreamEvent:
    return StreamEvent(row["seq"], row["account_id"], row["type"], row["entity"])
