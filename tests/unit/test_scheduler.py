"""The ticks, and a wall clock that is set back under them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from roughy_box.services import assets, credits, deadlines, deliveries, events, orphans, projects, scheduler, uploads


class Box(SimpleNamespace):
    """Counts the ticks of the job engine; a box to the scheduler."""

    def __init__(self, idle_expiry: float = 172_800.0) -> None:
        super().__init__(
            config=SimpleNamespace(
                uploads=SimpleNamespace(initial_expiry=604_800.0, idle_expiry=idle_expiry),
                billing=SimpleNamespace(pending_payment_retention=2_592_000.0),
            ),
            jobs=SimpleNamespace(fill=self.fill),
            ballast=SimpleNamespace(load=lambda: None),
            folder=SimpleNamespace(database=Path("/nonexistent/box.db")),
            draining=False,
            ticks=0,
            trouble=None,
        )

    async def fill(self) -> None:
        self.ticks += 1
        if self.trouble:
            raise self.trouble


@pytest.fixture(autouse=True)
def nothing_to_reap(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(box: object) -> None:
        pass

    for module, name in ((uploads, "complete_whole"), (uploads, "reap_expired"), (assets, "reap_unpaid")):
        monkeypatch.setattr(module, name, nothing)
    monkeypatch.setattr(orphans, "reap", nothing)
    monkeypatch.setattr(events, "prune", nothing)
    monkeypatch.setattr(deliveries, "prune", nothing)
    monkeypatch.setattr(deliveries, "look", nothing)
    monkeypatch.setattr(deadlines, "follow_clock", nothing)
    monkeypatch.setattr(projects, "purge_deleted", nothing)
    monkeypatch.setattr(credits, "settle_all", nothing)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def test_jobs_run_at_start_and_again(monkeypatch):
    monkeypatch.setattr(scheduler, "JOBS_EVERY", 0.05)
    box = Box()
    async with scheduler.running(box):
        await until(lambda: box.ticks >= 3)


async def test_failing_job_runs_again(monkeypatch):
    monkeypatch.setattr(scheduler, "JOBS_EVERY", 0.05)
    box = Box()
    box.trouble = RuntimeError("the disk is full")
    async with scheduler.running(box):
        await until(lambda: box.ticks >= 3)


def test_interval_clock_decades_ahead_one_tick():
    now, every = datetime.now(UTC), scheduler._Every(5.0)
    assert every.get_next_fire_time(now - timedelta(days=20_000), now) == now + timedelta(seconds=5)
    assert every.get_next_fire_time(now - timedelta(seconds=3), now) == now + timedelta(seconds=2)


async def test_jobs_clock_set_back_continue(monkeypatch):
    monkeypatch.setattr(scheduler, "CLOCK_CHECK", 0.02)
    monkeypatch.setattr(scheduler, "JOBS_EVERY", 3600.0)
    box = Box()
    async with scheduler.running(box):
        await until(lambda: box.ticks == 1)
        real = time.time
        # A day back: the next tick of the old time is a day away.
        monkeypatch.setattr(time, "time", lambda: real() - 86_400)
        await until(lambda: box.ticks >= 2)


@pytest.mark.parametrize(("shortest", "interval"), [(172_800.0, 60.0), (100.0, 25.0), (2.0, 1.0)])
def test_reap_interval_below_shortest_expiry(shortest, interval):
    assert scheduler._reap_interval(Box(shortest)) == interval
