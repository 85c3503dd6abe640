"""The clockwork: every tick calls one service. What there is to do stands in the tables."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from roughy_box.base.tasks import run_to_completion
from roughy_box.services import (
    assets,
    credits,
    deadlines,
    deliveries,
    event_stream,
    events,
    orphans,
    projects,
    uploads,
)
from roughy_box.services.box import Box
from roughy_box.services.ledger_watch import LedgerWatch
from roughy_box.storage.database import DATABASE_ERRORS

log = logging.getLogger(__name__)

JOBS_EVERY = 5.0  # seconds; new work is also announced, so this only catches what was missed
DELIVERIES_EVERY = 1.0
SETTLE_EVERY = 10.0
ORPHANS_EVERY = 3600.0
BALLAST_EVERY = 10.0
LEDGER_EVERY = 60.0
EVENTS_EVERY = 3600.0
STREAM_EVERY = 600.0
LONGEST_REAP_INTERVAL = 60.0
CLOCK_CHECK = 5.0


@asynccontextmanager
async def running(box: Box) -> AsyncIterator[None]:
    """Tick while the box is served; every job runs once at the start."""
    scheduler = AsyncIOScheduler(timezone=UTC, executors={"default": AsyncIOExecutor()})
    ledger = LedgerWatch(box)
    jobs: list[tuple[Callable[[], Coroutine[Any, Any, None]], float]] = [
        (lambda: uploads.complete_whole(box), JOBS_EVERY),
        (box.jobs.fill, JOBS_EVERY),
        (lambda: deliveries.look(box), DELIVERIES_EVERY),
        (lambda: projects.purge_deleted(box), JOBS_EVERY),
        (lambda: credits.settle_all(lambda: box.draining), SETTLE_EVERY),
        (lambda: uploads.reap_expired(box), _reap_interval(box)),
        (lambda: assets.reap_unpaid(box), _reap_interval(box)),
        (lambda: orphans.reap(box), ORPHANS_EVERY),
        (ledger.look, LEDGER_EVERY),
        (lambda: events.prune(box), EVENTS_EVERY),
        (lambda: event_stream.prune(box), STREAM_EVERY),
        (lambda: deliveries.prune(box), EVENTS_EVERY),
        (lambda: asyncio.to_thread(box.ballast.load), BALLAST_EVERY),
    ]
    for job, seconds in jobs:
        # After a sleep of the machine all missed ticks are one, however late.
        scheduler.add_job(
            _guarded(box, job),
            _Every(seconds),
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=_now(),
        )
    scheduler.start()
    guard = asyncio.create_task(_follow_clock(box, scheduler))
    try:
        yield
    finally:
        ledger.close()
        guard.cancel()
        with suppress(asyncio.CancelledError):
            await guard
        scheduler.shutdown(wait=False)


class _Every(BaseTrigger):  # type: ignore[misc]
    """An interval. That of the library goes through all missed ticks: after a step of 56 years, 350 million of them."""

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the instant of the next tick."""
        due = now if previous is None else previous + self._interval
        return due if due > now else now + self._interval


def _guarded(box: Box, job: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], Coroutine[Any, Any, None]]:
    async def tick() -> None:
        box.ticked_at = time.monotonic()
        try:
            await run_to_completion(job())
        except (*DATABASE_ERRORS, OSError) as error:
            log.error("a scheduled job failed; it runs again at its next tick: %s", error)
        except Exception:
            log.exception("a scheduled job failed; it runs again at its next tick")

    return tick


async def _follow_clock(box: Box, scheduler: AsyncIOScheduler) -> None:
    """Follow the steps of the wall clock. The jobs run then: after a step back they would wait for the old time."""
    offset = time.time() - time.monotonic()
    while True:
        await asyncio.sleep(CLOCK_CHECK)
        before, offset = offset, time.time() - time.monotonic()
        if offset < before - CLOCK_CHECK:
            for job in scheduler.get_jobs():
                job.modify(next_run_time=_now())
        try:
            await run_to_completion(deadlines.follow_clock(box))
        except DATABASE_ERRORS as error:
            log.error("the deadlines in the database could not follow the clock: %s", error)


def _reap_interval(box: Box) -> float:
    """Often enough for the shortest expiry that is configured, at most once a second."""
    shortest = min(
        box.config.uploads.initial_expiry,
        box.config.uploads.idle_expiry,
        box.config.billing.pending_payment_retention,
    )
    return min(LONGEST_REAP_INTERVAL, max(1.0, shortest / 4))


def _now() -> datetime:
    return datetime.now(UTC)
