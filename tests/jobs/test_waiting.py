"""Finding the rows that wait, on a real database with very many of them."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from roughy_box.services.kinds import KINDS
from roughy_box.storage.database import fetch, open_database
from roughy_box.storage.migrate import migrate
from roughy_box.storage.waiting import row_of_next_account

MANY, FEW = 100_000, 10
ASSET = """
INSERT INTO asset (id, account_id, project_id, state, declared_size, expires_at, created_at)
VALUES (?, ?, ?, 'pending_upload', 64, 1, 1)
"""
WHOLE = """
UPDATE asset SET state = 'processing', size_bytes = 64, expires_at = NULL,
  type = 'audio', content_type = 'audio/wav', extension = 'wav'
"""


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which many assets of one account wait, and a few of another that came later."""
    path = tmp_path_factory.mktemp("crowded") / "box.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as database, database:
        for account in ("a", "b"):
            database.execute("INSERT INTO account (id, name, created_at) VALUES (?, ?, 1)", (account, account))
            database.execute(
                "INSERT INTO project (id, account_id, name, state, created_at, updated_at)"
                " VALUES (?, ?, 'p', 'active', 1, 1)",
                (account, account),
            )
        database.executemany(ASSET, ((f"a{number:06}", "a", "a") for number in range(MANY)))
        database.executemany(ASSET, ((f"b{number:06}", "b", "b") for number in range(FEW)))
        database.execute(WHOLE)
    return path


@pytest.fixture
async def database(crowded: Path) -> AsyncIterator[None]:
    async with open_database(crowded):
        yield


@pytest.mark.usefixtures("database")
async def test_find_many_of_one_account_few_take_turns() -> None:
    found: list[str] = []
    account = ""
    while len(found) < 2 * FEW:
        row = await row_of_next_account("asset", "state = 'processing'", account, found, asset_column="id")
        assert row is not None
        found.append(row.id)
        account = row.account_id
    assert found == [f"{account}{number:06}" for number in range(FEW) for account in ("a", "b")]


@pytest.mark.usefixtures("database")
async def test_find_many_excluded_passed_over() -> None:
    excluded = [f"a{number:06}" for number in range(5000)]
    row = await row_of_next_account("asset", "state = 'processing'", "", excluded, asset_column="id")
    assert row is not None
    assert row.id == "a005000"


@pytest.mark.usefixtures("database")
async def test_find_newest_is_of_the_first_account() -> None:
    row = await row_of_next_account("asset", "state = 'processing'", "", ["a099999"], newest=True, asset_column="id")
    assert row is not None
    assert row.id == "a099998"


@pytest.mark.parametrize(("newest", "expected"), [(False, "a000000"), (True, "a099999")])
@pytest.mark.usefixtures("database")
async def test_find_after_last_account_goes_round(newest: bool, expected: str) -> None:
    row = await row_of_next_account("asset", "state = 'processing'", "b", [], newest=newest, asset_column="id")
    assert row is not None
    assert row.id == expected


@pytest.mark.parametrize(
    ("table", "condition", "index"),
    [
        ("asset", "state = 'processing'", "asset_waiting"),
        ("artifact", "kind = 'poster' AND state = 'pending'", "artifact_waiting"),
        ("asset", "sha256 IS NULL AND state IN ('pending_payment', 'ready')", "asset_without_sha256"),
    ],
)
@pytest.mark.usefixtures("database")
async def test_find_query_reads_one_index_row(table: str, condition: str, index: str) -> None:
    plan = await fetch(
        f"EXPLAIN QUERY PLAN SELECT id FROM {table} WHERE {condition} AND account_id > ? "
        "ORDER BY account_id, seq LIMIT 1",
        "a",
    )
    (step,) = (row["detail"] for row in plan)
    assert step.startswith(f"SEARCH {table} USING INDEX {index} (")
    assert "account_id>?" in step


def test_kinds_of_the_table_in_order_of_priority() -> None:
    names = ["delivery", "prepare", "peaks", "cut", "proxy", "render", "poster", "waveform", "checksum"]
    assert [kind.name for kind in KINDS] == names


def test_kinds_lead_to_kinds_of_the_table() -> None:
    assert {name for kind in KINDS for name in kind.leads_to} <= {kind.name for kind in KINDS}
