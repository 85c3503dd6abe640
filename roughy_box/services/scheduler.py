"""The clockwork: every tick calls one service. What there is to do stands in the tables."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from roughy_box.base.tasks import run_to_completion
from roughy_box.services import assets, events, uploads
from roughy_box.services.box import Box
from roughy_box.services.ledger_watch import LedgerWatch
from roughy_box.storage.database import DATABASE_ERRORS

log = logging.getLogger(__name__)

JOBS_EVERY = 5.0  # seconds; new work is also announced, so this only catches what was missed
ORPHANS_EVERY = 3600.0
BALLAST_EVERY = 10.0
LEDGER_EVERY = 60.0
EVENTS_EVERY = 3600.0
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
        (lambda: uploads.reap_expired(box), _reap_interval(box)),
        (lambda: assets.reap_unpaid(box), _reap_interval(box)),
        (lambda: assets.reap_orphans(box), ORPHANS_EVERY),
        (ledger.look, LEDGER_EVERY),
        (lambda: events.prune(box), EVENTS_EVERY),
        (lambda: asyncio.to_thread(box.ballast.load), BALLAST_EVERY),
    ]
    for job, seconds in jobs:
        # After a sleep of the machine all missed ticks are one, however late.
        scheduler.add_job(
            _guarded(box, job),
            "interval",
            seconds=seconds,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=_now(),
        )
    scheduler.start()
    guard = asyncio.create_task(_follow_clock(scheduler))
    try:
        yield
    finally:
        ledger.close()
        guard.cancel()
        with suppress(asyncio.CancelledError):
            await guard
        scheduler.shutdown(wait=False)


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


async def _follow_clock(scheduler: AsyncIOScheduler) -> None:
    """Run the jobs now when the wall clock was set back: they would wait for the old time otherwise."""
    ahead = time.time() - time.monotonic()
    while True:
        await asyncio.sleep(CLOCK_CHECK)
        before, ahead = ahead, time.time() - time.monotonic()
        if ahead < before - CLOCK_CHECK:
            log.warning("the clock was set back by %.0f s", before - ahead)
            for job in scheduler.get_jobs():
                job.modify(next_run_time=_now())


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
