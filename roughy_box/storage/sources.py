"""What the box measured of an asset, found in the plans that were made of it."""

from __future__ import annotations

from roughy_box.storage.database import fetch

_SOURCE = """
SELECT source FROM (
  SELECT p.source, c.created_at FROM cut c JOIN cut_plan p ON p.cut_id = c.id WHERE c.asset_id = ?
  UNION ALL
  SELECT p.source, r.created_at FROM render r JOIN render_plan p ON p.render_id = r.id WHERE r.asset_id = ?)
ORDER BY created_at DESC LIMIT 1
"""


async def read_source(asset_id: str) -> str | None:
    """Return the description of an asset that its newest plan was made with; the bytes of an asset never change."""
    rows = await fetch(_SOURCE, asset_id, asset_id)
    return str(rows[0]["source"]) if rows else None
