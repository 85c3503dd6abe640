"""The schema itself enforces the rules of credits and states: a real database file, without other code."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import permutations
from pathlib import Path
from uuid import RFC_4122, UUID

import pytest

from roughy_box.domain.asset import MOVES, State
from roughy_box.domain.cut_states import MOVES as CUT_MOVES
from roughy_box.domain.cut_states import CutState
from roughy_box.domain.errors import SetupError
from roughy_box.domain.render import MOVES as RENDER_MOVES
from roughy_box.domain.render import RenderState
from roughy_box.storage import migrate as migration
from roughy_box.storage.assets import COUNT_BY_NAME, FOUND, PAGE_BY_NAME
from roughy_box.storage.migrate import migrate, scripts

MEDIA = "type = 'audio', content_type = 'audio/wav', extension = 'wav'"
PREPARED = "duration_ms = 60001, price = 2, prepared_at = 1"
ASSET = "INSERT INTO asset (id, account_id, project_id, state, declared_size, expires_at, created_at)"
CUT = "INSERT INTO cut (id, account_id, asset_id, request, options, created_at)"
PLAN = "INSERT INTO cut_plan (cut_id, document, source) VALUES ('c', x'00', '{}')"
RENDER = "INSERT INTO render (id, account_id, asset_id, request, output, format, estimate, created_at)"
OF_RENDER = f"'acc', 'a', '{'0' * 64}', '{{}}', 'mp4', 9, 1"
RENDER_PLAN = "INSERT INTO render_plan (render_id, segments, source) VALUES ('r', '[[0, 9]]', '{}')"
RENDERED = "UPDATE render SET state = 'completed', completed_at = 2, size_bytes = 3, duration_ms = 4"
ENDPOINT = "INSERT INTO webhook_endpoint (id, account_id, url, event_types, state, disabled_reason, created_at)"
DELIVERY = (
    "INSERT INTO webhook_delivery"
    " (id, endpoint_id, event_type, entity_id, state, next_attempt_at, delivered_at, created_at)"
)
KEY = "INSERT INTO api_key (id, account_id, name, hint, digest, created_at)"
LEDGER = "INSERT INTO ledger (id, account_id, type, delta, balance_after, asset_id, reference, created_at)"
# How an asset gets from one state into the next, as the services do it.
TO_PROCESSING = f"state = 'processing', size_bytes = 1000, expires_at = NULL, {MEDIA}"
TO_UNPAID = f"state = 'pending_payment', {PREPARED}"
TO_READY = f"state = 'ready', {PREPARED}"
TO_FAILED = "state = 'failed', error_code = 'x', error_message = 'y', expires_at = NULL"
CHARGE = f"{LEDGER} VALUES ('c', 'acc', 'consume_asset', -2, 98, 'a', NULL, 1)"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the program's own making with an account of 100 credits, a project and an open asset ``a``."""
    path = tmp_path_factory.mktemp("migrated") / "box.db"
    migrate(path)
    with closing(connect(path)) as connection:
        run(
            connection,
            "INSERT INTO box VALUES (1, 'b', 1)",
            "INSERT INTO account (id, name, created_at) VALUES ('acc', 'studio', 1), ('other', 'second', 1)",
            "INSERT INTO project (id, account_id, name, state, created_at, updated_at)"
            " VALUES ('p', 'acc', 'x', 'active', 1, 1)",
            f"{LEDGER} VALUES ('t', 'acc', 'topup', 100, 100, NULL, 'r1', 1)",
            f"{ASSET} VALUES ('a', 'acc', 'p', 'pending_upload', 1000, 9, 1)",
        )
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A copy of ``migrated`` for each test."""
    with closing(connect(shutil.copy(migrated, tmp_path / "box.db"))) as connection:
        yield connection


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")
    connection.execute("PRAGMA synchronous = OFF")  # rules need no patience with the disk
    return connection


def run(connection: sqlite3.Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(statement)


def change(assignment: str) -> str:
    return f"UPDATE asset SET {assignment} WHERE id = 'a'"


def refuses(connection: sqlite3.Connection, statement: str, reason: str) -> None:
    """The statement fails for that reason and leaves no trace."""
    before = list(connection.iterdump())
    with pytest.raises(sqlite3.IntegrityError, match=re.escape(reason)):
        connection.execute(statement)
    assert list(connection.iterdump()) == before


def test_paid_asset_all_states(database: sqlite3.Connection) -> None:
    run(database, change(TO_PROCESSING), change(TO_UNPAID), CHARGE, change("state = 'ready'"))
    assert database.execute("SELECT balance, entries FROM account WHERE id = 'acc'").fetchone() == (98, 2)
    run(database, "DELETE FROM asset")
    assert database.execute("SELECT count(*) FROM ledger").fetchone() == (2,)


APPEND_ONLY = [
    "UPDATE ledger SET delta = 1000",
    "UPDATE ledger SET note = 'only a note'",
    "UPDATE ledger SET created_at = created_at",
    "DELETE FROM ledger",
    "DELETE FROM ledger WHERE id = 't'",
    "REPLACE INTO ledger (seq, id, account_id, type, delta, balance_after, created_at)"
    " VALUES (1, 't', 'acc', 'topup', 500, 600, 1)",
    "INSERT OR REPLACE INTO ledger (id, account_id, type, delta, balance_after, created_at)"
    " VALUES ('t', 'acc', 'topup', 5, 105, 1)",
    f"{LEDGER} VALUES ('t', 'acc', 'topup', 5, 105, NULL, NULL, 1) ON CONFLICT (id) DO UPDATE SET delta = 7",
]


@pytest.mark.parametrize("statement", APPEND_ONLY)
def test_ledger_append_only(database: sqlite3.Connection, statement: str) -> None:
    refuses(database, statement, "the ledger is append-only")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ("'n', 'acc', 'gift', 1, 101, NULL, NULL, 1", "CHECK"),
        ("'n', 'acc', 'topup', 0, 100, NULL, NULL, 1", "CHECK"),
        ("'n', 'acc', 'topup', -1, 99, NULL, NULL, 1", "CHECK"),
        ("'n', 'acc', 'refund', -1, 99, NULL, NULL, 1", "CHECK"),
        ("'n', 'acc', 'expiry', 1, 101, NULL, NULL, 1", "CHECK"),
        ("'n', 'acc', 'consume_asset', 2, 102, 'a', NULL, 1", "CHECK"),
        ("'n', 'acc', 'consume_asset', -2, 98, NULL, NULL, 1", "CHECK"),
        ("'n', 'acc', 'consume_asset', -101, -1, 'a', NULL, 1", "CHECK"),
        ("'n', 'acc', 'topup', 1.5, 101.5, NULL, NULL, 1", "REAL"),
        ("'n', 'acc', 'topup', 'x', 101, NULL, NULL, 1", "TEXT"),
        ("'n', 'acc', 'topup', 1, 100, NULL, NULL, 1", "the running balance is broken"),
        ("'n', 'acc', 'topup', 1, 102, NULL, NULL, 1", "the running balance is broken"),
        ("'n', 'other', 'topup', 1, 101, NULL, NULL, 1", "the running balance is broken"),
        ("'n', 'nobody', 'topup', 1, 1, NULL, NULL, 1", "FOREIGN KEY"),
        ("'t', 'acc', 'topup', 1, 101, NULL, NULL, 1", "ledger.id"),
        ("'n', 'acc', 'topup', 1, 101, NULL, 'r1', 1", "ledger.account_id, ledger.reference"),
        ("NULL, 'acc', 'topup', 1, 101, NULL, NULL, 1", "NOT NULL"),
    ],
)
def test_entry_invalid_refused(database: sqlite3.Connection, values: str, reason: str) -> None:
    refuses(database, f"{LEDGER} VALUES ({values})", reason)


def test_entry_valid_accepted(database: sqlite3.Connection) -> None:
    run(
        database,
        f"{LEDGER} VALUES ('1', 'acc', 'refund', 1, 101, NULL, NULL, 1)",
        f"{LEDGER} VALUES ('2', 'acc', 'expiry', -1, 100, NULL, NULL, 1)",
        f"{LEDGER} VALUES ('3', 'acc', 'adjustment', -150, -50, NULL, NULL, 1)",
        f"{LEDGER} VALUES ('4', 'other', 'topup', 7, 7, NULL, 'r1', 1)",
        f"{LEDGER} VALUES ('5', 'acc', 'topup', 50, 0, NULL, NULL, 1)",
    )
    assert database.execute("SELECT balance, entries FROM account ORDER BY seq").fetchall() == [(0, 5), (7, 1)]


def test_second_charge_deleted_asset_refused(database: sqlite3.Connection) -> None:
    run(database, change(TO_PROCESSING), CHARGE, change(TO_READY))
    second = f"{LEDGER} VALUES ('d', 'acc', 'consume_asset', -2, 96, 'a', NULL, 1)"
    refuses(database, second, "ledger.asset_id")
    run(database, "DELETE FROM asset")
    refuses(database, second, "ledger.asset_id")
    # A refund is not a charge.
    run(database, f"{LEDGER} VALUES ('d', 'acc', 'refund', 2, 100, 'a', NULL, 1)")


@pytest.mark.parametrize("balance", [0, 99, 101, -1])
def test_balance_follows_ledger(database: sqlite3.Connection, balance: int) -> None:
    refuses(database, f"UPDATE account SET balance = {balance} WHERE id = 'acc'", "the balance follows the ledger")


def test_ready_without_charge_refused(database: sqlite3.Connection) -> None:
    run(database, change(TO_PROCESSING))
    refuses(database, change(TO_READY), "ready without its charge")
    run(database, change(TO_UNPAID))
    refuses(database, change("state = 'ready'"), "ready without its charge")
    # A charge of another price, or of another asset, is none.
    run(database, f"{LEDGER} VALUES ('x', 'acc', 'consume_asset', -2, 98, 'z', NULL, 1)")
    refuses(database, change("state = 'ready'"), "ready without its charge")
    run(database, f"{LEDGER} VALUES ('y', 'acc', 'consume_asset', -1, 97, 'a', NULL, 1)")
    refuses(database, change("state = 'ready'"), "ready without its charge")


def test_charged_asset_failed_refused(database: sqlite3.Connection) -> None:
    run(database, change(TO_PROCESSING), CHARGE)
    refuses(database, change(TO_FAILED), "a charged asset cannot fail")


INTO = {
    State.PENDING_UPLOAD: [],
    State.PROCESSING: [change(TO_PROCESSING)],
    State.PENDING_PAYMENT: [change(TO_PROCESSING), change(TO_UNPAID)],
    State.READY: [change(TO_PROCESSING), CHARGE, change(TO_READY)],
    State.FAILED: [change(TO_FAILED)],
}
UNPREPARED = "duration_ms = NULL, price = NULL, prepared_at = NULL"
# Everything that a row in the state must have, so that only the move itself can be at fault.
AS = {
    State.PENDING_UPLOAD: f"expires_at = 9, size_bytes = NULL, {UNPREPARED}",
    State.PROCESSING: f"expires_at = NULL, size_bytes = 1000, {MEDIA}, {UNPREPARED}",
    State.PENDING_PAYMENT: f"expires_at = NULL, size_bytes = 1000, {MEDIA}, {PREPARED}",
    State.READY: f"expires_at = NULL, size_bytes = 1000, {MEDIA}, {PREPARED}",
    State.FAILED: f"expires_at = NULL, {UNPREPARED}",
}
ALLOWED = {(before, after) for (before, _), after in MOVES.items()}


@pytest.mark.parametrize(("before", "after"), list(permutations(State, 2)))
def test_moves_only_allowed_accepted(database: sqlite3.Connection, before: State, after: State) -> None:
    run(database, *INTO[before])
    # What else would refuse some of them is tried on its own above.
    run(database, "DROP TRIGGER asset_ready_needs_charge", "DROP TRIGGER asset_charged_never_fails")
    error = "'x', error_message = 'y'" if after is State.FAILED else "NULL, error_message = NULL"
    statement = change(f"state = '{after}', {AS[after]}, error_code = {error}")
    if (before, after) not in ALLOWED:
        refuses(database, statement, "no such move between asset states")
        return
    run(database, statement)
    assert database.execute("SELECT state FROM asset").fetchone() == (after,)


@pytest.mark.parametrize("state", [state for state in State if state is not State.PENDING_UPLOAD])
def test_new_asset_not_pending_refused(database: sqlite3.Connection, state: State) -> None:
    statement = f"{ASSET} VALUES ('n', 'acc', 'p', '{state}', 1000, NULL, 1)"
    refuses(database, statement, "an asset starts in pending_upload")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ("'n', 'acc', 'p', 'pending_upload', 63, 9, 1", "CHECK"),
        ("'n', 'acc', 'p', 'pending_upload', 0, 9, 1", "CHECK"),
        ("'n', 'acc', 'p', 'pending_upload', -64, 9, 1", "CHECK"),
        (f"'n', 'acc', 'p', 'pending_upload', {50 * 1024**3 + 1}, 9, 1", "CHECK"),
        ("'n', 'acc', 'p', 'pending_upload', 64.5, 9, 1", "REAL"),
        ("'n', 'acc', 'p', 'pending_upload', 'x', 9, 1", "TEXT"),
        ("'n', 'acc', 'p', 'pending_upload', 1000, NULL, 1", "CHECK"),
        ("'a', 'acc', 'p', 'pending_upload', 1000, 9, 1", "asset.id"),
        ("'n', 'nobody', 'p', 'pending_upload', 1000, 9, 1", "FOREIGN KEY"),
        ("'n', 'acc', 'nowhere', 'pending_upload', 1000, 9, 1", "FOREIGN KEY"),
    ],
)
def test_asset_invalid_refused(database: sqlite3.Connection, values: str, reason: str) -> None:
    refuses(database, f"{ASSET} VALUES ({values})", reason)


@pytest.mark.parametrize("size", [64, 50 * 1024**3])
def test_asset_sizes_accepted(database: sqlite3.Connection, size: int) -> None:
    run(database, f"{ASSET} VALUES ('n', 'acc', 'p', 'pending_upload', {size}, 9, 1)")


@pytest.mark.parametrize(
    ("state", "assignment"),
    [
        (State.PENDING_UPLOAD, "size_bytes = 1000"),
        (State.PENDING_UPLOAD, "expires_at = NULL"),
        (State.PENDING_UPLOAD, "type = 'audio'"),
        (State.PENDING_UPLOAD, "type = 'image', content_type = 'image/png', extension = 'png'"),
        (State.PENDING_UPLOAD, "type = 'audio', content_type = 'audio/wav', extension = '../wav'"),
        (State.PENDING_UPLOAD, "type = 'audio', content_type = 'audio/wav', extension = 'WAV'"),
        (State.PENDING_UPLOAD, "error_code = 'x', error_message = 'y'"),
        (State.PENDING_UPLOAD, "duration_ms = 1, price = 1, prepared_at = 1"),
        (State.PENDING_UPLOAD, TO_PROCESSING.replace("1000", "999")),
        (State.PENDING_UPLOAD, TO_PROCESSING.replace("size_bytes = 1000, ", "")),
        (State.PENDING_UPLOAD, "state = 'processing', size_bytes = 1000, expires_at = NULL"),
        (State.PENDING_UPLOAD, TO_FAILED.replace("error_code = 'x', ", "")),
        (State.PENDING_UPLOAD, TO_FAILED.replace("error_message = 'y', ", "")),
        (State.PROCESSING, "size_bytes = 1001"),
        (State.PROCESSING, "size_bytes = NULL"),
        (State.PROCESSING, "expires_at = 9"),
        (State.PROCESSING, PREPARED),
        (State.PROCESSING, "state = 'pending_payment'"),
        (State.PROCESSING, TO_UNPAID.replace("60001", "60000")),
        (State.PROCESSING, TO_UNPAID.replace("price = 2", "price = 1")),
        (State.PROCESSING, TO_UNPAID.replace("60001", "0").replace("price = 2", "price = 1")),
        (State.PROCESSING, TO_UNPAID.replace("60001", "-5").replace("price = 2", "price = 1")),
        (State.PROCESSING, TO_UNPAID.replace(", prepared_at = 1", "")),
        (State.READY, "price = 1"),
        (State.READY, "duration_ms = 120001"),
        (State.FAILED, "error_code = NULL"),
        (State.FAILED, "error_code = NULL, error_message = NULL"),
        (State.FAILED, PREPARED),
    ],
)
def test_row_inconsistent_refused(database: sqlite3.Connection, state: State, assignment: str) -> None:
    run(database, *INTO[state])
    refuses(database, change(assignment), "CHECK")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("INSERT INTO box VALUES (2, 'second', 1)", "CHECK"),
        ("INSERT INTO box VALUES (1, 'second', 1)", "box.one"),
        ("INSERT INTO account (id, name, created_at) VALUES ('n', 'studio', 1)", "account.name"),
        ("INSERT INTO account (id, name, balance, created_at) VALUES ('acc', 'n', 0, 1)", "account.id"),
        ("DELETE FROM account WHERE id = 'acc'", "FOREIGN KEY"),
        ("UPDATE project SET name = ''", "CHECK"),
        (f"UPDATE project SET name = '{'x' * 257}'", "CHECK"),
        ("UPDATE project SET state = 'gone'", "CHECK"),
        ("UPDATE project SET state = 'archived'", "CHECK"),
        ("UPDATE project SET archived_at = 1", "CHECK"),
        (f"{KEY} VALUES ('k', 'acc', 'n', 'h', 'sk_x', 1)", "CHECK"),
    ],
)
def test_other_rows_invalid_refused(database: sqlite3.Connection, statement: str, reason: str) -> None:
    refuses(database, statement, reason)


def test_asset_sha256_written_once(database: sqlite3.Connection) -> None:
    refuses(database, change("sha256 = 'ABC'"), "CHECK")
    refuses(database, change(f"sha256 = '{'G' * 64}'"), "CHECK")
    run(database, change(f"sha256 = '{'a' * 64}'"), change(f"sha256 = '{'a' * 64}'"))
    refuses(database, change(f"sha256 = '{'b' * 64}'"), "the sha256 of an asset never changes")
    refuses(database, change("sha256 = NULL"), "the sha256 of an asset never changes")


def test_deleted_project_hidden_for_good(database: sqlite3.Connection) -> None:
    run(database, "UPDATE project SET deleted_at = 1")
    assert database.execute("SELECT count(*) FROM visible_asset").fetchone() == (0,)
    for value in ("NULL", "2"):
        refuses(database, f"UPDATE project SET deleted_at = {value}", "the deletion of a project is final")
    more = f"{ASSET} VALUES ('b', 'acc', 'p', 'pending_upload', 1000, 9, 1)"
    refuses(database, more, "the project was deleted")
    refuses(database, "DELETE FROM project", "the assets of a deleted project go before it")
    run(database, "DELETE FROM asset", "DELETE FROM project")


NAMED = ASSET.replace("created_at)", "created_at, name, name_folded)")


@pytest.mark.parametrize(
    "name",
    ["''", f"'{'x' * 256}'", "' x'", "'x '", "'a/b'", "'a\\b'", "x'6100'", "'a'||char(0)||'/'"]
    + [f"'a'||char({code})||'b'" for code in (0, 1, 9, 10, 13, 31, 127, 128, 133, 159)],
)
def test_asset_name_invalid_refused(database: sqlite3.Connection, name: str) -> None:
    statement = f"{NAMED} VALUES ('n', 'acc', 'p', 'pending_upload', 1000, 9, 1, {name}, 'x')"
    refuses(database, statement, "BLOB" if name.startswith("x'") else "CHECK")


@pytest.mark.parametrize("name", ["x", "x" * 255, "😀" * 255, "a-b]^[*?.mov", "a'||char(160, 0x202e, 0x2028)||'b"])
def test_asset_name_accepted(database: sqlite3.Connection, name: str) -> None:
    run(database, f"{NAMED} VALUES ('n', 'acc', 'p', 'pending_upload', 1000, 9, 1, '{name}', 'x')")


def test_asset_name_never_changes(database: sqlite3.Connection) -> None:
    run(database, f"{NAMED} VALUES ('n', 'acc', 'p', 'pending_upload', 1000, 9, 1, 'X', 'x')")
    run(database, "UPDATE asset SET name = 'X', name_folded = 'x' WHERE id = 'n'")
    for assignment in ("name = 'Y'", "name = NULL, name_folded = NULL", "name_folded = 'y'"):
        refuses(database, f"UPDATE asset SET {assignment} WHERE id = 'n'", "the name of an asset never changes")
    refuses(database, change("name = 'Y', name_folded = 'y'"), "the name of an asset never changes")


@pytest.mark.parametrize(("name", "folded"), [("'X'", "NULL"), ("NULL", "'x'")])
def test_asset_name_without_folded_refused(database: sqlite3.Connection, name: str, folded: str) -> None:
    refuses(database, f"{NAMED} VALUES ('n', 'acc', 'p', 'pending_upload', 1000, 9, 1, {name}, {folded})", "CHECK")


@pytest.mark.parametrize("filters", ["", "project_id", "state", "project_id state"])
def test_search_by_name_reads_index_alone(database: sqlite3.Connection, filters: str) -> None:
    found = FOUND + "".join(f" AND {column} = ?" for column in filters.split())
    values = ["x"] * (2 + len(filters.split()))
    for query, more in ((PAGE_BY_NAME, [20, 0]), (COUNT_BY_NAME, [])):
        plan = database.execute(f"EXPLAIN QUERY PLAN {query.format(found=found)}", values + more).fetchall()
        steps = [detail for *_, detail in plan]
        assert [step for step in steps if " asset " in step] == [
            "SEARCH asset USING COVERING INDEX asset_by_name (account_id=?)"
        ]


def test_same_key_twice_refused(database: sqlite3.Connection) -> None:
    run(database, f"{KEY} VALUES ('k1', 'acc', 'n', 'h', '{'d' * 64}', 1)")
    refuses(database, f"{KEY} VALUES ('k2', 'acc', 'n', 'h', '{'d' * 64}', 1)", "api_key.digest")


def test_project_deleted_assets_deleted(database: sqlite3.Connection) -> None:
    run(database, "DELETE FROM project WHERE id = 'p'")
    assert database.execute("SELECT count(*) FROM asset").fetchone() == (0,)


@pytest.mark.parametrize(("media", "poster"), [("video", "pending"), ("audio", "none")])
def test_asset_ready_artifacts_wait_until_it_goes(database: sqlite3.Connection, media: str, poster: str) -> None:
    run(database, change(TO_PROCESSING), change(f"type = '{media}'"), CHARGE, change(TO_READY))
    artifacts = database.execute("SELECT kind, state, account_id, size_bytes FROM artifact ORDER BY kind").fetchall()
    assert artifacts == [("poster", poster, "acc", None), ("waveform", "pending", "acc", None)]
    refuses(database, "UPDATE artifact SET size_bytes = 5", "CHECK")
    refuses(database, "UPDATE artifact SET state = 'lost'", "CHECK")
    refuses(database, "UPDATE artifact SET kind = 'poster'", "UNIQUE")
    run(database, "DELETE FROM asset WHERE id = 'a'")
    assert database.execute("SELECT count(*) FROM artifact").fetchone() == (0,)


def test_asset_state_changed_event_written(database: sqlite3.Connection) -> None:
    run(
        database, change(TO_PROCESSING), change(TO_UNPAID), change("language = 'en'"), CHARGE, change("state = 'ready'")
    )
    events = database.execute("SELECT type, entity_id, asset_id, previous_state FROM event ORDER BY seq").fetchall()
    assert events == [("asset.pending_payment", "a", "a", "processing"), ("asset.ready", "a", "a", "pending_payment")]
    ((created,),) = database.execute("SELECT max(created_at) FROM event").fetchall()
    assert abs(created / 1e6 - time.time()) < 3600
    refuses(
        database, "INSERT INTO event (account_id, type, entity_id, created_at) VALUES ('acc', 'x', 'a', 1)", "CHECK"
    )


def test_cut_moves_only_as_in_table(database: sqlite3.Connection) -> None:
    values = {
        CutState.PENDING: "started_at = NULL, completed_at = NULL, summary = NULL, error_code = NULL, "
        "error_message = NULL",
        CutState.PROCESSING: "started_at = 1",
        CutState.COMPLETED: "completed_at = 2, engine = 'none', summary = '{}'",
        CutState.FAILED: "error_code = 'x', error_message = 'y'",
    }
    way = {
        CutState.PENDING: [],
        CutState.PROCESSING: [CutState.PROCESSING],
        CutState.COMPLETED: [CutState.PROCESSING, CutState.COMPLETED],
        CutState.FAILED: [CutState.PROCESSING, CutState.FAILED],
    }
    for before, after in permutations(CutState, 2):
        run(database, "DELETE FROM cut", f"{CUT} VALUES ('c', 'acc', 'a', '{'0' * 64}', '{{}}', 1)", PLAN)
        for state in way[before]:
            run(database, f"UPDATE cut SET state = '{state}', {values[state]}")
        statement = f"UPDATE cut SET state = '{after}', {values[after]}"
        if (before, after) in CUT_MOVES:
            run(database, statement)
        else:
            refuses(database, statement, "no such move between cut states")


def test_cut_rules_kept(database: sqlite3.Connection) -> None:
    values = f"'acc', 'a', '{'0' * 64}', '{{}}', 1"
    refuses(database, f"{CUT[:-1]}, state) VALUES ('c', {values}, 'failed')", "a cut starts in pending")
    refuses(database, f"{CUT[:-1]}, based_on) VALUES ('c', {values}, 'c')", "CHECK")
    refuses(database, f"{CUT} VALUES ('c', 'acc', 'a', '0', '{{}}', 1)", "CHECK")
    refuses(database, f"{CUT} VALUES ('c', 'acc', 'x', '{'0' * 64}', '{{}}', 1)", "FOREIGN KEY")
    run(database, f"{CUT} VALUES ('c', {values})", "UPDATE cut SET state = 'processing', started_at = 1")
    completed = "UPDATE cut SET state = 'completed', completed_at = 2, engine = 'none', summary = '{}'"
    refuses(database, completed, "a completed cut has a plan")
    run(database, PLAN, completed)
    refuses(database, "UPDATE cut_plan SET source = '[]'", "a plan is never changed")
    refuses(database, "UPDATE cut SET summary = NULL", "CHECK")
    events = database.execute("SELECT type, entity_id, asset_id FROM event").fetchall()
    assert events == [("cut.completed", "c", "a")]


def test_cut_asset_deleted_cut_plan_deleted(database: sqlite3.Connection) -> None:
    run(database, f"{CUT} VALUES ('c', 'acc', 'a', '{'0' * 64}', '{{}}', 1)", PLAN)
    run(database, f"{CUT[:-1]}, by_hand, based_on) VALUES ('d', 'acc', 'a', '{'1' * 64}', '{{}}', 1, 1, 'c')")
    run(database, "DELETE FROM cut WHERE id = 'c'")
    assert database.execute("SELECT id, based_on FROM cut").fetchall() == [("d", None)]
    assert database.execute("SELECT count(*) FROM cut_plan").fetchone() == (0,)
    run(database, "DELETE FROM asset WHERE id = 'a'")
    assert database.execute("SELECT count(*) FROM cut").fetchone() == (0,)


def test_render_moves_only_as_in_table(database: sqlite3.Connection) -> None:
    nothing = "started_at = NULL, completed_at = NULL, size_bytes = NULL, duration_ms = NULL"
    values = {
        RenderState.PENDING: f"{nothing}, error_code = NULL, error_message = NULL",
        RenderState.PROCESSING: "started_at = 1",
        RenderState.COMPLETED: "completed_at = 2, size_bytes = 3, duration_ms = 4",
        RenderState.FAILED: "error_code = 'x', error_message = 'y'",
    }
    way = {
        RenderState.PENDING: [],
        RenderState.PROCESSING: [RenderState.PROCESSING],
        RenderState.COMPLETED: [RenderState.PROCESSING, RenderState.COMPLETED],
        RenderState.FAILED: [RenderState.PROCESSING, RenderState.FAILED],
    }
    for before, after in permutations(RenderState, 2):
        run(database, "DELETE FROM render", f"{RENDER} VALUES ('r', {OF_RENDER})", RENDER_PLAN)
        for state in way[before]:
            run(database, f"UPDATE render SET state = '{state}', {values[state]}")
        statement = f"UPDATE render SET state = '{after}', {values[after]}"
        if (before, after) in RENDER_MOVES:
            run(database, statement)
        else:
            refuses(database, statement, "no such move between render states")


def test_render_rules_kept(database: sqlite3.Connection) -> None:
    refuses(database, f"{RENDER[:-1]}, state) VALUES ('r', {OF_RENDER}, 'failed')", "a render starts in pending")
    run(database, f"{RENDER} VALUES ('r', {OF_RENDER})", "UPDATE render SET state = 'processing', started_at = 1")
    refuses(database, f"{RENDER} VALUES ('s', {OF_RENDER})", "UNIQUE")
    refuses(database, RENDERED, "a completed render has a plan")
    refuses(database, "UPDATE render SET output = '[]'", "the request of a render never changes")
    run(database, RENDER_PLAN, RENDERED)
    refuses(database, "UPDATE render_plan SET source = '[]'", "the plan of a render never changes")
    refuses(database, "UPDATE render SET size_bytes = NULL", "CHECK")
    assert events(database) == [("render.completed", "r", "a")]


@pytest.mark.parametrize("deletion", ["render WHERE id = 'r'", "asset WHERE id = 'a'"])
@pytest.mark.parametrize("state", list(RenderState))
def test_render_deleted_cancelled_if_open(database: sqlite3.Connection, deletion: str, state: RenderState) -> None:
    run(database, f"{RENDER} VALUES ('r', {OF_RENDER})", RENDER_PLAN)
    if state != RenderState.PENDING:
        run(database, "UPDATE render SET state = 'processing', started_at = 1")
    if state == RenderState.FAILED:
        run(database, "UPDATE render SET state = 'failed', error_code = 'x', error_message = 'y'")
    if state == RenderState.COMPLETED:
        run(database, RENDERED)
    run(database, "DELETE FROM event", f"DELETE FROM {deletion}")
    is_open = state in (RenderState.PENDING, RenderState.PROCESSING)
    assert events(database) == [("render.cancelled", "r", "a")] * is_open
    assert database.execute("SELECT count(*) FROM render_plan").fetchone() == (0,)


def test_render_cut_deleted_plan_stays(database: sqlite3.Connection) -> None:
    run(database, f"{CUT} VALUES ('c', 'acc', 'a', '{'0' * 64}', '{{}}', 1)")
    run(database, f"{RENDER[:-1]}, cut_id) VALUES ('r', {OF_RENDER}, 'c')", RENDER_PLAN, "DELETE FROM cut")
    assert database.execute("SELECT id, cut_id FROM render").fetchall() == [("r", None)]
    assert database.execute("SELECT segments FROM render_plan").fetchall() == [("[[0, 9]]",)]


def events(database: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return database.execute("SELECT type, entity_id, asset_id FROM event ORDER BY seq").fetchall()


def test_event_delivered_to_subscribed_endpoints(database: sqlite3.Connection) -> None:
    types = '["asset.ready", "asset.failed"]'
    for name, account, subscribed, state in (
        ("e1", "acc", types, "enabled"),
        ("e2", "acc", '["asset.failed"]', "enabled"),
        ("e3", "acc", '["cut.failed"]', "enabled"),
        ("e4", "other", types, "enabled"),
        ("e5", "acc", types, "disabled"),
    ):
        reason = "manual" if state == "disabled" else None
        database.execute(
            f"{ENDPOINT} VALUES (?, ?, 'https://x.example', ?, ?, ?, 1)", (name, account, subscribed, state, reason)
        )
    run(database, change(TO_PROCESSING), change(TO_FAILED))
    rows = database.execute(
        "SELECT endpoint_id, event_type, entity_id, asset_id, previous_state, state, attempts,"
        " next_attempt_at = created_at FROM webhook_delivery ORDER BY seq"
    ).fetchall()
    assert rows == [(name, "asset.failed", "a", "a", None, "pending", 0, 1) for name in ("e1", "e2")]
    event = "INSERT INTO event (account_id, type, entity_id, previous_state, created_at)"
    for previous in ("processing", "pending_payment"):
        database.execute(f"{event} VALUES ('acc', 'asset.ready', 'b', ?, 1777712825123456)", (previous,))
    found = database.execute("SELECT id, previous_state FROM webhook_delivery WHERE entity_id = 'b'").fetchall()
    assert [previous for _, previous in found] == ["processing", "pending_payment"]
    ids = [UUID(name) for name, _ in found]
    assert len(set(ids)) == 2
    assert {(each.version, each.variant, each.int >> 80) for each in ids} == {(7, RFC_4122, 1777712825123)}


def test_event_rolled_back_no_delivery(database: sqlite3.Connection) -> None:
    database.execute(f"{ENDPOINT} VALUES ('e', 'acc', 'https://x.example', '[\"asset.failed\"]', 'enabled', NULL, 1)")
    run(database, change(TO_PROCESSING), "BEGIN", change(TO_FAILED))
    assert database.execute("SELECT count(*) FROM webhook_delivery").fetchone() == (1,)
    database.execute("ROLLBACK")
    assert database.execute("SELECT count(*) FROM webhook_delivery").fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        f"{ENDPOINT} VALUES ('f', 'acc', 'https://x.example', '[]', 'enabled', NULL, 1)",
        f"{ENDPOINT} VALUES ('f', 'acc', 'https://x.example', '[\"a.b\"]', 'disabled', NULL, 1)",
        f"{ENDPOINT} VALUES ('f', 'acc', 'https://x.example', '[\"a.b\"]', 'enabled', 'gone', 1)",
        f"{ENDPOINT} VALUES ('f', 'nobody', 'https://x.example', '[\"a.b\"]', 'enabled', NULL, 1)",
        "INSERT INTO webhook_secret (endpoint_id, salt) VALUES ('e', 'short')",
        f"INSERT INTO webhook_secret (endpoint_id, salt) VALUES ('e', '{'1' * 64}')",
        f"{DELIVERY} VALUES ('d', 'e', 'a.b', 'x', 'pending', NULL, NULL, 1)",
        f"{DELIVERY} VALUES ('d', 'e', 'a.b', 'x', 'failed', 5, NULL, 1)",
        f"{DELIVERY} VALUES ('d', 'e', 'a.b', 'x', 'delivered', NULL, NULL, 1)",
    ],
)
def test_webhook_row_invalid_refused(database: sqlite3.Connection, statement: str) -> None:
    run(
        database,
        f"{ENDPOINT} VALUES ('e', 'acc', 'https://x.example', '[\"a.b\"]', 'enabled', NULL, 1)",
        f"INSERT INTO webhook_secret (endpoint_id, salt) VALUES ('e', '{'0' * 64}')",
    )
    with pytest.raises(sqlite3.IntegrityError):
        database.execute(statement)


def test_tables_strict_rules_all_tested() -> None:
    """A new table or trigger must come with its rows in this file."""
    sql = "".join(script for _, script in scripts())
    assert sql.count("CREATE TABLE") == sql.count(") STRICT;")
    here = Path(__file__).read_text(encoding="utf-8")
    reasons = re.findall(r"RAISE \(ABORT, '([^']+)'\)", sql)
    # ledger_apply, asset_ready_artifacts, five that write events and deliveries, five that count refuse nothing.
    streaming = re.findall(r"CREATE TRIGGER \w+_stream_\w+", sql)
    assert len(reasons) == len(set(re.findall(r"CREATE TRIGGER (\w+)", sql))) - 12 - len(streaming)
    assert [reason for reason in reasons if reason not in here] == []


def version(path: Path) -> int:
    connection = sqlite3.connect(path)
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return int(found)


def test_migrate_twice_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    migrate(path)
    before = path.read_bytes()
    migrate(path)
    assert path.read_bytes() == before
    assert version(path) == scripts()[-1][0]
    assert [entry.name for entry in tmp_path.iterdir()] == ["box.db"]


def test_newer_schema_refused_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    migrate(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SetupError, match=r"newer Roughy Box .*9999"):
        migrate(path)
    assert path.read_bytes() == before


def test_migrate_snapshot_taken_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "box.db"
    migrate(path)
    now, following = version(path), version(path) + 1
    more = [*scripts(), (following, "CREATE TABLE extra (x INTEGER) STRICT;\nINSERT INTO extra VALUES (1);\n")]
    monkeypatch.setattr(migration, "scripts", lambda: more)
    migrate(path)
    snapshot = tmp_path / f"box.db.before-{following:04d}"
    assert (version(path), version(snapshot)) == (following, now)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT x FROM extra").fetchall() == [(1,)]
    connection.close()


def test_migration_fails_nothing_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "box.db"
    migrate(path)
    now = version(path)
    broken = [*scripts(), (now + 1, "CREATE TABLE extra (x INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);\n")]
    monkeypatch.setattr(migration, "scripts", lambda: broken)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(path)
    assert version(path) == now
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchone() == (0,)
    connection.close()


def test_old_sqlite_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(SetupError, match=r"3\.37"):
        migrate(tmp_path / "box.db")
    assert not (tmp_path / "box.db").exists()
