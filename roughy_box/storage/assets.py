"""Statements about many assets, or with conditions that the models cannot express.

A new row is inserted with its conditions in the same statement: separate queries for them would take a transaction
with five trips to the database's thread.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from roughy_box.domain.asset_name import folded
from roughy_box.storage.database import execute, fetch, statement, transaction, write
from roughy_box.storage.invariants import COUNTED
from roughy_box.storage.models import Asset

_INSERT = """
INSERT INTO asset
  (id, account_id, project_id, state, declared_size, language, name, name_folded, expires_at, created_at)
SELECT ?, account.id, project.id, ?, ?, ?, ?, ?, ?, ?
FROM project JOIN account ON account.id = project.account_id
WHERE project.id = ? AND project.deleted_at IS NULL AND account.id = ? AND account.balance > 0
"""
_DELETE_SOME = """
DELETE FROM asset WHERE seq IN (SELECT seq FROM asset WHERE project_id = ? LIMIT ?)
RETURNING id, project_id, extension
"""
_DELETE_UNPAID = """
DELETE FROM asset WHERE seq IN (
  SELECT seq FROM asset WHERE state = 'pending_payment' AND prepared_at <= ? LIMIT ?)
RETURNING id, project_id, extension
"""


@dataclass(frozen=True, slots=True)
class DeletedAsset:
    """The values by which the files of a deleted asset are found."""

    id: str
    project_id: str
    extension: str | None


# The index asset_by_name answers both without a look at the table.
PAGE_BY_NAME = "SELECT seq {found} ORDER BY seq DESC LIMIT ? OFFSET ?"
COUNT_BY_NAME = "SELECT count(*) AS total {found}"
FOUND = "FROM visible_asset WHERE account_id = ? AND name_folded IS NOT NULL AND instr(name_folded, ?) > 0"


@statement
async def insert_asset(asset: Asset) -> bool:
    """Insert an asset if its account has that project and credits left; return whether it was inserted."""
    name_folded = None if asset.name is None else folded(asset.name)
    names = (asset.name, name_folded)
    new = (asset.id, asset.state, asset.declared_size, asset.language, *names, asset.expires_at, asset.created_at)
    return bool(await execute(_INSERT, *new, asset.project_id, asset.account_id))


@statement
async def delete_asset(asset_id: str) -> DeletedAsset | None:
    """Delete the row of an asset, None if there is none."""
    rows = await write("DELETE FROM asset WHERE id = ? RETURNING id, project_id, extension", asset_id)
    return DeletedAsset(**rows[0]) if rows else None


@statement
async def delete_some(project_id: str, most: int) -> list[DeletedAsset]:
    """Delete the rows of at most that many assets of a project."""
    return [DeletedAsset(**row) for row in await write(_DELETE_SOME, project_id, most)]


@statement
async def delete_unpaid(prepared_until: int, most: int) -> list[DeletedAsset]:
    """Delete the rows of at most that many assets that have waited for payment since an instant or longer."""
    return [DeletedAsset(**row) for row in await write(_DELETE_UNPAID, prepared_until, most)]


async def with_files(asset_ids: Collection[str]) -> set[str]:
    """Return those of the ids whose asset exists and may have files: not those rejected at the first chunk."""
    query = """SELECT id FROM asset WHERE id IN (SELECT value FROM json_each(?))
               AND NOT (state = 'failed' AND size_bytes IS NULL)"""
    return {row["id"] for row in await fetch(query, json.dumps([*asset_ids]))}


async def count_assets(account_id: str, project_id: str | None, state: str | None) -> int:
    """Return how many assets an account has, of one project or one state only if given."""
    query = """SELECT coalesce(sum(total), 0) AS total FROM asset_count
               WHERE account_id = ? AND project_id = ? AND (? IS NULL OR state = ?)"""
    return int((await fetch(query, account_id, project_id or "", state, state))[0]["total"])


@transaction
async def recount(account_id: str) -> None:
    """Count the assets of an account again, after another program changed their rows or counters."""
    await execute("DELETE FROM asset_count WHERE account_id = ?", account_id)
    await execute(f"INSERT INTO asset_count SELECT * FROM ({COUNTED}) WHERE account_id = ?", account_id)


async def count_in_state(state: str) -> int:
    """Return how many assets of all accounts are in a state."""
    query = "SELECT coalesce(sum(total), 0) AS total FROM asset_count WHERE state = ? AND project_id = ''"
    return int((await fetch(query, state))[0]["total"])


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
