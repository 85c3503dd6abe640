"""The counts of assets that triggers keep, against counts of the rows."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from roughy_box.storage.migrate import migrate

STATES = ("pending_upload", "processing", "pending_payment", "ready", "failed")
MOVES = {
    "processing": "state = 'processing', size_bytes = 1000, expires_at = NULL, type = 'audio', "
    "content_type = 'audio/wav', extension = 'wav'",
    "pending_payment": "state = 'pending_payment', duration_ms = 1, price = 1, prepared_at = 1",
    "failed": "state = 'failed', error_code = 'x', error_message = 'y', expires_at = NULL",
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "box.db"
    migrate(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")
        connection.execute("PRAGMA synchronous = OFF")
        for account in "ab":
            connection.execute("INSERT INTO account (id, name, created_at) VALUES (?, ?, 1)", (account, account))
            for number in range(3):
                connection.execute(
                    "INSERT INTO project (id, account_id, name, state, created_at, updated_at) "
                    "VALUES (?, ?, 'x', 'active', 1, 1)",
                    (f"{account}{number}", account),
                )
        yield connection


def add(database: sqlite3.Connection, asset_id: str, project: str) -> None:
    database.execute(
        "INSERT INTO asset (id, account_id, project_id, state, declared_size, expires_at, created_at) "
        "VALUES (?, ?, ?, 'pending_upload', 1000, 1, 1)",
        (asset_id, project[0], project),
    )


def kept(database: sqlite3.Connection) -> dict[tuple[str, str, str], int]:
    rows = database.execute("SELECT account_id, project_id, state, total FROM asset_count WHERE total > 0")
    return {(account, project, state): total for account, project, state, total in rows}


def counted(database: sqlite3.Connection) -> dict[tuple[str, str, str], int]:
    rows = database.execute(
        "SELECT account_id, '', state, count(*) FROM visible_asset GROUP BY 1, 3 "
        "UNION ALL SELECT account_id, project_id, state, count(*) FROM visible_asset GROUP BY 1, 2, 3"
    )
    return {(account, project, state): total for account, project, state, total in rows}


@pytest.mark.parametrize("seed", range(5))
def test_counts_random_changes_equal_rows(database, seed):
    dice = random.Random(seed)
    for number in range(400):
        project = dice.choice("ab") + str(dice.randrange(3))
        match dice.randrange(8):
            case 0 | 1 | 2:
                with suppress(sqlite3.IntegrityError):  # its project is gone
                    add(database, f"{number}", project)
            case 3 | 4 | 5:
                with suppress(sqlite3.IntegrityError):
                    assignment = MOVES[dice.choice([*MOVES])]
                    database.execute(f"UPDATE asset SET {assignment} WHERE id = ?", (str(dice.randrange(number + 1)),))
            case 6:
                database.execute("DELETE FROM asset WHERE id = ?", (str(dice.randrange(number + 1)),))
            case 7 if not dice.randrange(10):
                database.execute("UPDATE project SET deleted_at = 1 WHERE id = ? AND deleted_at IS NULL", (project,))
            case 7 if not dice.randrange(10):
                database.execute("DELETE FROM asset WHERE project_id = ?", (project,))
                database.execute("DELETE FROM project WHERE id = ?", (project,))
        assert kept(database) == counted(database)
    assert kept(database)


def test_counts_project_deleted_with_its_rows_zero(database):
    for number in range(10):
        add(database, f"{number}", "a0")
    database.execute("DELETE FROM project WHERE id = 'a0'")
    assert kept(database) == counted(database) == {}


def test_unpaid_oldest_found_by_index(database):
    plan = database.execute(
        "EXPLAIN QUERY PLAN SELECT id, price FROM visible_asset WHERE account_id = ? "
        "AND state = 'pending_payment' AND price <= ? ORDER BY seq LIMIT 1",
        ("a", 1),
    ).fetchall()
    assert "SEARCH asset USING INDEX asset_by_account (account_id=? AND state=?)" in str(plan), plan
    assert "B-TREE" not in str(plan), plan
