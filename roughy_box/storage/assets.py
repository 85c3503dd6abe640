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
# The index asset_by_name answers both without a look at the table.
PAGE_BY_NAME = "SELECT seq {found} ORDER BY seq DESC LIMIT ? OFFSET ?"
COUNT_BY_NAME = "SELECT count(*) AS total {found}"
FOUND = "FROM asset WHERE account_id = ? AND name_folded IS NOT NULL AND instr(name_folded, ?) > 0"


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
    found = FOUND + "".join(f" AND {column} = ?" for column in filters)
    values = (account_id, folded(part), *filters.values())
    page = [row["seq"] for row in await fetch(PAGE_BY_NAME.format(found=found), *values, limit, offset)]
    # A page that is not full is the last one: no second pass over the names where few or none match.
    if len(page) < limit and (page or offset == 0):
        return page, offset + len(page)
    return page, int((await fetch(COUNT_BY_NAME.format(found=found), *values))[0]["total"])
