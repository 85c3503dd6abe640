"""The members that cuts and renders share: how far each is, when that was, and what went wrong."""

from __future__ import annotations

from typing import Any

from roughy_box.base import clock
from roughy_box.jobs.kind import JobProgress
from roughy_box.storage.models import Cut, Render


def course(row: Cut | Render, running: JobProgress | None) -> dict[str, Any]:
    """Return the error, the instants and the progress of a row, whose job has ``running`` if it runs."""
    return {
        "error_code": row.error_code,
        "error_message": row.error_message,
        "created_at": clock.iso(row.created_at),
        "started_at": clock.iso_or_none(row.started_at),
        "completed_at": clock.iso_or_none(row.completed_at),
        "progress": 1.0 if row.state == "completed" else round(running.fraction, 4) if running else 0.0,
    }
