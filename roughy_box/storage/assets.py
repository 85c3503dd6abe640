"""Inserts the row of a new asset, with its conditions in the same statement, and finds assets by name.

Separate queries for the conditions would take a transaction with five trips to the database's thread.
"""

from __future__ import annotations

from collections.abc import Mapping

from roughy_box.domain.asset_name import folded
from roughy_box.storage.database import execute, fetch, statement
from roughy_box.storage.models import Asset

_INSERT = """
INSERT INTO asset
  (id, account_id, project_id, state, declared_size, language, name, name_folded, expires_at, created_at)
SELECT ?, account.id, project.id, ?, ?, ?, ?, ?, ?, ?
FROM project JOIN account ON account.id = project.account_id
WHERE project.id = ? AND account.id = ? AND account.balance > 0
"""
# One pass over the names of the account: for the page and for the number of all.
_FIND = """
WITH found AS MATERIALIZED (
  SELECT seq FROM asset
  WHERE account_id = ? AND name_folded IS NOT NULL AND instr(name_folded, ?) > 0 {filters}
)
SELECT total, seq FROM (SELECT count(*) AS total FROM found)
LEFT JOIN (SELECT seq FROM found ORDER BY seq DESC LIMIT ? OFFSET ?)
"""


@statement
async def insert_asset(asset: Asset) -> bool:
    """Insert an asset if its account has that project and credits left; return whether it was inserted."""
    name_folded = None if asset.name is None else folded(asset.name)
    names = (asset.name, name_folded)
    new = (asset.id, asset.state, asset.declared_size, asset.language, *names, asset.expires_at, asset.created_at)
    return bool(await execute(_INSERT, *new, asset.project_id, asset.account_id))


async def find_by_name(
    account_id: str, part: str, filters: Mapping[str, str], limit: int, offset: int
) -> tuple[list[int], int]:
    """Return ``seq`` of one page of the assets with ``part`` in their names, newest first, and the number of all.

    ``filters``: equal values of ``project_id`` and ``state``. Case does not count.
    """
    conditions = "".join(f" AND {column} = ?" for column in filters)
    values = (account_id, folded(part), *filters.values(), limit, offset)
    rows = await fetch(_FIND.format(filters=conditions), *values)
    return [row["seq"] for row in rows if row["seq"] is not None], int(rows[0]["total"])
