"""Events: what happened to an account's entities, written by the database in the transaction of the change."""

from __future__ import annotations

from roughy_box.base import clock
from roughy_box.services import deadlines
from roughy_box.services.box import Box
from roughy_box.storage.database import execute, let_others_write, statement

KEPT = 30 * 24 * 3600  # seconds
_BATCH = 1000  # rows a statement, so that no other writer waits for long


async def prune(box: Box) -> None:
    """Delete events that are older than anyone may ask for."""
    await deadlines.follow_clock(box)
    if not deadlines.is_trusted(box, KEPT):
        return
    while await _delete_older(box.clock.now() - KEPT * clock.SECOND) == _BATCH:
        await let_others_write()


@statement
async def _delete_older(instant: int) -> int:
    return await execute(
        f"DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE created_at < ? LIMIT {_BATCH})", instant
    )
