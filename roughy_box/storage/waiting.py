"""Finds the rows that wait for background work: one of one account, then of the next."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from roughy_box.storage.database import fetch

_OF_VISIBLE_ASSET = """AND (NOT EXISTS (SELECT 1 FROM project WHERE deleted_at IS NOT NULL)
                       OR asset_id IN (SELECT id FROM visible_asset WHERE visible_asset.id = {table}.asset_id))"""
# As in the view visible_asset. It is not used here, as the index would not be used with it.
_VISIBLE = {
    "asset": "AND project_id NOT IN (SELECT id FROM project WHERE deleted_at IS NOT NULL)",
    "artifact": _OF_VISIBLE_ASSET.format(table="artifact"),
    "cut": _OF_VISIBLE_ASSET.format(table="cut"),
    "render": _OF_VISIBLE_ASSET.format(table="render"),
}


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row that waits for work, and the asset it belongs to."""

    id: str
    account_id: str
    asset_id: str


async def row_of_next_account(
    table: str,
    condition: str,
    after_account: str,
    excluded: Collection[str],
    *,
    newest: bool = False,
    asset_column: str = "asset_id",
) -> WaitingRow | None:
    """Return the oldest waiting row of the first account after the given one, in the order of account ids.

    After the last account comes the first. ``newest``: its newest row. ``table`` and ``condition`` are SQL of this
    program, never of a client; an index on (account_id, seq) under the same condition makes this two look-ups at
    most, however many rows wait.
    """
    waiting = f"{condition} AND id NOT IN (SELECT value FROM json_each(?1)) {_VISIBLE[table]}"
    query = _first_of_round(f"id, account_id, {asset_column} AS asset_id", table, waiting)
    if newest:
        account = _first_of_round("account_id", table, waiting)
        query = f"SELECT id, account_id, {asset_column} AS asset_id FROM {table} "
        query += f"WHERE {waiting} AND account_id = ({account}) ORDER BY seq DESC LIMIT 1"
    rows = await fetch(query, json.dumps([*excluded]), after_account)
    return WaitingRow(rows[0]["id"], rows[0]["account_id"], rows[0]["asset_id"]) if rows else None


def _first_of_round(columns: str, table: str, waiting: str) -> str:
    # SQLite runs the second part only where the first finds nothing. One part for both would have to sort all rows.
    parts = (
        f"SELECT * FROM (SELECT {columns} FROM {table} WHERE {waiting} AND account_id {accounts} "
        "ORDER BY account_id, seq LIMIT 1)"
        for accounts in ("> ?2", "<= ?2")
    )
    return " UNION ALL ".join(parts) + " LIMIT 1"
