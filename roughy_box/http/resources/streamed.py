"""The table of entities: everything the event stream tells of, as lists show it.

An entity needs triggers that write its events (the migration `stream_events`) and a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from roughy_box.http.resources import assets, cuts, projects, renders
from roughy_box.services.box import Box
from roughy_box.services.stream_entities import Entity, Moving


def _jobs(kind: str) -> Callable[[Box], Iterator[Moving]]:
    """Return what finds the entities that jobs of a kind work on."""

    def moving(box: Box) -> Iterator[Moving]:
        for job, progress in box.jobs.running_jobs(kind):
            yield Moving(job.id, job.account_id, progress.fraction, progress.stage)

    return moving


def _uploads_and_preparations(box: Box) -> Iterator[Moving]:
    """Yield the assets that are being sent and those that are being prepared; each has a progress of its own."""
    for session in box.sessions:
        if session.writer:
            yield Moving(session.asset_id, session.account_id, session.offset / session.length)
    yield from _jobs("prepare")(box)


def _row(row: Mapping[str, Any]) -> Any:
    return SimpleNamespace(**row)


ENTITIES = (
    Entity(
        "asset",
        ("created", "processing", "ready", "pending_payment", "failed", "changed", "deleted"),
        lambda _, row: assets.content(_row(row)),
        view="visible_asset",
        moving=_uploads_and_preparations,
    ),
    Entity(
        "cut",
        ("created", "completed", "failed", "deleted"),
        lambda box, row: cuts.content(box, _row(row)),
        view="visible_cut",
        moving=_jobs("cut"),
    ),
    Entity(
        "render",
        ("created", "completed", "failed", "cancelled", "deleted"),
        lambda box, row: renders.content(box, _row(row)),
        view="visible_render",
        moving=_jobs("render"),
    ),
    Entity("project", ("changed", "deleted"), lambda _, row: projects.content(_row(row))),
    Entity("balance", ("changed",), lambda _, row: row),
)
