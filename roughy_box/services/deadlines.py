"""Deadlines after which something is deleted, on a machine whose wall clock may step.

A deadline that this process set counts by the monotonic clock. Rows hold instants of the wall clock: those that this
process wrote are moved along with its steps, and those of an earlier process count once the wall clock has been
steady for a while.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import replace

from roughy_box.base import clock
from roughy_box.base.clock import Step
from roughy_box.domain.webhook import LONGEST_RETRY
from roughy_box.services.box import Box
from roughy_box.services.upload_sessions import UploadSession
from roughy_box.storage.database import execute, fetch, let_others_write, statement

HOLD_OFF_SHARE = 0.1  # of the expiry
LONGEST_HOLD_OFF = 600.0  # seconds
_LONGEST_RETRY = int(LONGEST_RETRY * clock.SECOND)
BATCH = 500  # rows a statement, so that no other writer waits for long

log = logging.getLogger(__name__)


def is_past(box: Box, instant: int, expiry: float) -> bool:
    """Return whether an instant in a row has passed, if the wall clock can be trusted by now.

    ``expiry``: the seconds that the row had when the instant was set; the longer it is, the longer nothing is
    deleted after the start and after a step.
    """
    return is_trusted(box, expiry) and box.clock.now() >= instant


def is_trusted(box: Box, expiry: float) -> bool:
    """Return whether the wall clock has been steady for long enough to delete by it."""
    return box.clock.is_steady_for(min(LONGEST_HOLD_OFF, expiry * HOLD_OFF_SHARE))


async def follow_clock(box: Box) -> Step | None:
    """Move the deadlines that this process set along with a step of the wall clock; return the step."""
    step = box.clock.take_step()
    if step:
        log.warning("the clock was set %s by %.0f s", "back" if step.by < 0 else "ahead", abs(step.by) / clock.SECOND)
        own = [session for session in box.sessions if session.due is not None]
        for session in own:
            session.follow(box.clock)
        await _store_expiries(own)
        await _move("asset", "prepared_at", step, "state = 'pending_payment' AND")
        await _move("event", "created_at", step)
        await _move("stream_event", "created_at", step)
        await _move("webhook_delivery", "created_at", step)
        # Retries that this process planned lie ahead by as much as the schedule allows.
        await _move("webhook_delivery", "next_attempt_at", replace(step, until=step.until + _LONGEST_RETRY))
        await _move("webhook_endpoint", "failing_since", step)
    return step


async def _store_expiries(sessions: Iterable[UploadSession]) -> None:
    rows = [(session.asset_id, session.stored_expiry) for session in sessions]
    for start in range(0, len(rows), BATCH):
        await _set_expiries(json.dumps(rows[start : start + BATCH]))
        await let_others_write()


async def _move(table: str, column: str, step: Step, condition: str = "") -> None:
    query = f"SELECT seq FROM {table} WHERE {condition} {column} BETWEEN ? AND ?"
    rows = [row["seq"] for row in await fetch(query, step.since, step.until)]
    for start in range(0, len(rows), BATCH):
        await _move_rows(table, column, step.by, json.dumps(rows[start : start + BATCH]))
        await let_others_write()


@statement
async def _set_expiries(rows: str) -> None:
    await execute(
        "UPDATE asset SET expires_at = json_extract(new.value, '$[1]') FROM json_each(?) AS new "
        "WHERE asset.id = json_extract(new.value, '$[0]') AND asset.state = 'pending_upload'",
        rows,
    )


@statement
async def _move_rows(table: str, column: str, by: int, rows: str) -> None:
    await execute(f"UPDATE {table} SET {column} = {column} + ? WHERE seq IN (SELECT value FROM json_each(?))", by, rows)
