"""The table of events: written with the change, in its transaction, and pruned by age."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from roughy_box.base import clock
from roughy_box.base.clock import SteadyClock
from roughy_box.services import events
from roughy_box.storage.database import open_database
from roughy_box.storage.migrate import migrate
from tests.harness import Api, LiveBox
from tests.media_bytes import wav

Event = tuple[str, str, str | None]


def events_of(box: LiveBox) -> list[Event]:
    """Return type, entity and previous state of all events, in their order."""
    with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30)) as database:
        return database.execute("SELECT type, entity_id, previous_state FROM event ORDER BY seq").fetchall()


def test_events_of_assets_name_the_new_and_old_state(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box(credits=2)
    api = Api(box)
    ready, unpaid = (api.upload(wav(seconds))["id"] for seconds in (1.0, 70.0))
    rejected, url = api.asset(1000)
    assert api.patch(url, 0, b"words, not sound " * 50).status_code == 409
    damaged = api.upload(b"RIFF\x00\x00\x00\x00WAVE" + bytes(400))["id"]
    assert events_of(box) == [
        ("asset.ready", ready, "processing"),
        ("asset.pending_payment", unpaid, "processing"),
        ("asset.failed", rejected, "pending_upload"),
        ("asset.failed", damaged, "processing"),
    ]
    box.cli("topup", "9")
    assert events_of(box)[4:] == [("asset.ready", unpaid, "pending_payment")]
    # An event outlives its asset: a reader that comes later still learns what happened.
    assert api.http.delete(f"/v1/assets/{ready}").status_code == 204
    assert events_of(box)[0] == ("asset.ready", ready, "processing")


def test_event_of_rolled_back_change_never_written(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box(credits=1)
    api = Api(box)
    asset_id = api.upload(wav(70.0))["id"]
    before = events_of(box)
    with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("UPDATE asset SET state = 'ready' WHERE id = ?", (asset_id,))
        database.execute("ROLLBACK")
    assert events_of(box) == before


async def test_prune_deletes_events_older_than_30_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "box.db"
    migrate(path)
    now, day = clock.now(), 24 * 3600 * clock.SECOND
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO account (id, name, created_at) VALUES ('a', 'studio', 1)")
        rows = [("old", now - 31 * day)] * 2500 + [("new", now - 29 * day)]
        database.executemany(
            "INSERT INTO event (account_id, type, entity_id, created_at) VALUES ('a', 'asset.ready', ?, ?)", rows
        )
    steady = SteadyClock()
    monkeypatch.setattr(steady, "is_steady_for", lambda seconds: seconds <= 600)
    async with open_database(path):
        await events.prune(SimpleNamespace(clock=steady))  # type: ignore[arg-type]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT entity_id FROM event").fetchall() == [("new",)]
