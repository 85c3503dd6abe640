"""Statements about many assets, or with conditions that the models cannot express.

A new row is inserted with its conditions in the same statement: separate queries for them would take a transaction
with five trips to the database's thread.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from roughy_box.storage.database import execute, fetch, statement, write
from roughy_box.storage.models import Asset

_INSERT = """
INSERT INTO asset (id, account_id, project_id, state, declared_size, language, expires_at, created_at)
SELECT ?, account.id, project.id, ?, ?, ?, ?, ?
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
    """What the files of a deleted asset are found by."""

    id: str
    project_id: str
    extension: str | None


@statement
async def insert_asset(asset: Asset) -> bool:
    """Insert an asset if its account has that project and credits left; return whether it was inserted."""
    new = (asset.id, asset.state, asset.declared_size, asset.language, asset.expires_at, asset.created_at)
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


async def count_in_state(state: str) -> int:
    """Return how many assets of all accounts are in a state."""
    query = "SELECT coalesce(sum(total), 0) AS total FROM asset_count WHERE state = ? AND project_id = ''"
    return int((await fetch(query, state))[0]["total"])
