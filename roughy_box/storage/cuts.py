"""The plans of cuts, in SQL: a row each, written once, and the moves of a cut that go with them."""

from __future__ import annotations

from roughy_box.storage.database import execute, fetch

_SOURCE = """SELECT p.source FROM cut c JOIN cut_plan p ON p.cut_id = c.id
             WHERE c.asset_id = ? ORDER BY c.seq DESC LIMIT 1"""


async def add_plan(cut_id: str, document: bytes, source: str) -> None:
    """Store the plan of a cut. Part of the transaction that completes it."""
    await execute("INSERT INTO cut_plan (cut_id, document, source) VALUES (?, ?, ?)", cut_id, document, source)


async def read_plan(cut_id: str) -> tuple[bytes, str] | None:
    """Return the packed plan of a cut and the description of its source."""
    rows = await fetch("SELECT document, source FROM cut_plan WHERE cut_id = ?", cut_id)
    return (bytes(rows[0]["document"]), str(rows[0]["source"])) if rows else None


async def read_source(asset_id: str) -> str | None:
    """Return the description of an asset that its newest plan was made with; the bytes of an asset never change."""
    rows = await fetch(_SOURCE, asset_id)
    return str(rows[0]["source"]) if rows else None


async def start(cut_id: str, now: int, selected: str | None) -> bool:
    """Move a waiting cut to ``processing``; one that was in it goes on. Return False if it was deleted."""
    return bool(
        await execute(
            """UPDATE cut SET state = 'processing', started_at = coalesce(started_at, ?), selected = ?
               WHERE id = ? AND state IN ('pending', 'processing')""",
            now,
            selected,
            cut_id,
        )
    )


async def complete(cut_id: str, now: int, engine: str, summary: str) -> bool:
    """Move a cut in ``processing`` to ``completed``. Return False if it was deleted."""
    return bool(
        await execute(
            """UPDATE cut SET state = 'completed', completed_at = ?, engine = ?, summary = ?
               WHERE id = ? AND state = 'processing'""",
            now,
            engine,
            summary,
            cut_id,
        )
    )


async def fail(cut_id: str, code: str, message: str) -> bool:
    """Move a cut in ``processing`` to ``failed``. Return False if it was deleted."""
    return bool(
        await execute(
            "UPDATE cut SET state = 'failed', error_code = ?, error_message = ? WHERE id = ? AND state = 'processing'",
            code,
            message,
            cut_id,
        )
    )


async def retry(cut_id: str) -> bool:
    """Move a failed cut back to ``pending``."""
    return bool(
        await execute(
            """UPDATE cut SET state = 'pending', error_code = NULL, error_message = NULL, started_at = NULL
               WHERE id = ? AND state = 'failed'""",
            cut_id,
        )
    )
