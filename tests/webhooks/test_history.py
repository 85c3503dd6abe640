"""What becomes of the history of deliveries, and of times that a wrong clock has written."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from roughy_box.base import clock
from roughy_box.base.clock import SteadyClock, Step
from roughy_box.services import deadlines, deliveries, webhooks
from roughy_box.storage.database import open_database
from roughy_box.storage.migrate import migrate
from roughy_box.storage.webhooks import BATCH, next_due

HOUR = 3600 * clock.SECOND
DAY = 24 * HOUR
ENDPOINT = "INSERT INTO webhook_endpoint (id, account_id, url, event_types, created_at)"
DELIVERY = "INSERT INTO webhook_delivery (id, endpoint_id, event_type, entity_id, next_attempt_at, created_at)"


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "box.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO account (id, name, created_at) VALUES ('acc', 'studio', 1), ('bcc', 'other', 1)")
        for name, account in (("e", "acc"), ("f", "bcc")):
            database.execute(f"{ENDPOINT} VALUES (?, ?, 'https://x.example', '[\"asset.ready\"]', 1)", (name, account))
    async with open_database(path):
        yield path


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Any:
    steady = SteadyClock()
    monkeypatch.setattr(steady, "is_steady_for", lambda seconds: seconds <= 600)
    return SimpleNamespace(clock=steady, sessions=())


def add(path: Path, *rows: tuple[str, str, int, int]) -> None:
    """Insert deliveries: id, endpoint, time of the next attempt, time of creation."""
    with closing(sqlite3.connect(path)) as database, database:
        values = [(name, endpoint, name, due, made) for name, endpoint, due, made in rows]
        database.executemany(f"{DELIVERY} VALUES (?, ?, 'asset.ready', ?, ?, ?)", values)


def ask(path: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(question).fetchall()


async def test_prune_keeps_30_days_of_endpoints_that_exist(path: Path, box: Any) -> None:
    now = clock.now()
    old = [(f"old{number}", "e", now, now - 31 * DAY) for number in range(BATCH + 5)]
    gone = [(f"gone{number}", "deleted", now, now) for number in range(BATCH + 5)]
    add(path, *old, *gone, ("new", "e", now, now - 29 * DAY))
    await deliveries.prune(box)
    assert ask(path, "SELECT id FROM webhook_delivery") == [("new",)]


async def test_prune_attempt_planned_too_far_ahead_made_now(path: Path, box: Any) -> None:
    now = clock.now()
    add(path, ("planned", "e", now + 11 * HOUR, now), ("astray", "e", now + 400 * DAY, now))
    await deliveries.prune(box)
    found = dict(ask(path, "SELECT id, next_attempt_at FROM webhook_delivery"))
    assert found["planned"] == now + 11 * HOUR
    assert abs(found["astray"] - now) < HOUR


@pytest.mark.parametrize("days", [-400, 400])
async def test_clock_stepped_plans_move_along(path: Path, box: Any, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    now, by = clock.now(), days * DAY
    add(path, ("mine", "e", now + 5 * HOUR, now), ("earlier", "e", now - 2 * DAY, now - 2 * DAY))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE webhook_endpoint SET failing_since = ? WHERE id = 'e'", (now,))
    monkeypatch.setattr(box.clock, "take_step", lambda: Step(by, now - HOUR, now + HOUR))
    await deadlines.follow_clock(box)
    found = {row[0]: row[1:] for row in ask(path, "SELECT id, next_attempt_at, created_at FROM webhook_delivery")}
    assert found == {"mine": (now + 5 * HOUR + by, now + by), "earlier": (now - 2 * DAY, now - 2 * DAY)}
    assert ask(path, "SELECT failing_since FROM webhook_endpoint WHERE id = 'e'") == [(now + by,)]


async def due(*running: str, after: str = "", now: int = 10) -> str | None:
    row = await next_due(now, after, running)
    return str(row["id"]) if row else None


async def test_due_accounts_take_turns(path: Path) -> None:
    add(path, ("e1", "e", 5, 1), ("e2", "e", 4, 1), ("f1", "f", 1, 1), ("later", "f", 11, 1))
    assert [await due(after=account) for account in ("", "acc", "bcc")] == ["e2", "f1", "e2"]
    assert await due("e1", "e2", after="acc") == "f1"
    assert await due("e1", "e2", "f1") is None
    assert await due("e1", "e2", "f1", now=11) == "later"


async def test_due_four_at_a_time_one_while_failing(path: Path) -> None:
    add(path, *((str(number), "e", number, 1) for number in range(6)))
    assert [await due(*map(str, range(running))) for running in range(5)] == ["0", "1", "2", "3", None]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE webhook_endpoint SET failing_since = 1")
    assert [await due(*map(str, range(running))) for running in range(2)] == ["0", None]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE webhook_endpoint SET state = 'disabled', disabled_reason = 'manual'")
    assert await due() is None


async def test_purge_deletes_history_in_batches(path: Path) -> None:
    add(path, *((str(number), "e", 1, 1) for number in range(2 * BATCH + 1)), ("other", "f", 1, 1))
    await webhooks.purge("e")
    assert ask(path, "SELECT id FROM webhook_delivery") == [("other",)]
