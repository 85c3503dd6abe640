"""The plans of cuts, in SQL: a row each, written once."""

from __future__ import annotations

from roughy_box.storage.database import execute, fetch


async def add_plan(cut_id: str, document: bytes, source: str) -> None:
    """Store the plan of a cut. Part of the transaction that completes it."""
    await execute("INSERT INTO cut_plan (cut_id, document, source) VALUES (?, ?, ?)", cut_id, document, source)


async def read_plan(cut_id: str) -> tuple[bytes, str] | None:
    """Return the packed plan of a cut and the description of its source."""
    rows = await fetch("SELECT document, source FROM cut_plan WHERE cut_id = ?", cut_id)
    return (bytes(rows[0]["document"]), str(rows[0]["source"])) if rows else None
