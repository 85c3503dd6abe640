"""Inserts the row of a new asset, with its conditions in the same statement.

Separate queries for them would take a transaction with five trips to the database's thread.
"""

from __future__ import annotations

from roughy_box.storage.database import execute, statement
from roughy_box.storage.models import Asset

_INSERT = """
INSERT INTO asset (id, account_id, project_id, state, declared_size, language, expires_at, created_at)
SELECT ?, account.id, project.id, ?, ?, ?, ?, ?
FROM project JOIN account ON account.id = project.account_id
WHERE project.id = ? AND account.id = ? AND account.balance > 0
"""


@statement
async def insert_asset(asset: Asset) -> bool:
    """Insert an asset if its account has that project and credits left; return whether it was inserted."""
    new = (asset.id, asset.state, asset.declared_size, asset.language, asset.expires_at, asset.created_at)
    return bool(await execute(_INSERT, *new, asset.project_id, asset.account_id))
