"""The snapshot before a migration: whole, private, durable, one; and no database of a newer program is touched."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from roughy_box.domain.errors import SetupError
from roughy_box.storage import migrate as migration
from roughy_box.storage import snapshot
from roughy_box.storage.migrate import migrate, scripts

NOW = scripts()[-1][0]
NEXT = NOW + 1


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with data, as a killed server leaves it: the data is in the write-ahead log."""
    path = tmp_path / "box.db"
    migrate(path)
    code = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1])\n"
        "connection.execute('PRAGMA journal_mode = WAL')\n"
        "connection.execute('PRAGMA wal_autocheckpoint = 0')\n"
        "with connection:\n"
        "    connection.execute(\"INSERT INTO box VALUES (1, 'this box', 1)\")\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert (tmp_path / "box.db-wal").stat().st_size > 0
    return path


@pytest.fixture
def update(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that knows one migration more."""
    know(monkeypatch, (NEXT, "CREATE TABLE extra (x INTEGER) STRICT;\n"))


def know(monkeypatch: pytest.MonkeyPatch, *more: tuple[int, str]) -> None:
    known = [*scripts(), *more]
    monkeypatch.setattr(migration, "scripts", lambda: known)


def ask(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def kept(database: Path) -> list[str]:
    """Return the files next to the database that are not SQLite's own."""
    own = {database.name + suffix for suffix in ("", "-wal", "-shm")}
    return sorted({path.name for path in database.parent.iterdir()} - own)


@pytest.mark.usefixtures("update")
def test_snapshot_complete_private_one_file(database: Path) -> None:
    previous = os.umask(0)
    try:
        migrate(database)
    finally:
        os.umask(previous)
    assert kept(database) == [f"box.db.before-{NEXT:04d}"]
    copy = database.with_name(f"box.db.before-{NEXT:04d}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    # Moved elsewhere on its own, it is a database of the schema before.
    alone = copy.rename(database.parent / "alone.db")
    assert ask(alone, "SELECT id FROM box") == [("this box",)]
    assert ask(alone, "PRAGMA user_version") == [(NOW,)]
    assert ask(alone, "PRAGMA integrity_check") == [("ok",)]
    assert ask(alone, "PRAGMA journal_mode") == [("delete",)]


@pytest.mark.usefixtures("update")
def test_snapshot_durable_before_migration(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[tuple[str, object]] = []
    real_sync, real_replace, real_apply = os.fsync, os.replace, migration._apply

    def sync(descriptor: int) -> None:
        events.append(("sync", os.fstat(descriptor).st_ino))
        real_sync(descriptor)

    def replace(source: Path, target: Path) -> None:
        events.append(("name", target))
        real_replace(source, target)

    def apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
        events.append(("apply", number))
        real_apply(connection, number, sql)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(migration, "_apply", apply)
    migrate(database)
    copy = database.with_name(f"box.db.before-{NEXT:04d}")
    # The folder, too: without it a power cut may take the name away.
    synced = [("sync", path.stat().st_ino) for path in (copy, database.parent)]
    assert events == [synced[0], ("name", copy), synced[1], ("apply", NEXT)]


def test_snapshot_only_newest_kept_and_logged(
    database: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    foreign = database.with_name("box.db.before-the-move")
    foreign.write_text("mine")
    for number in range(NEXT, NEXT + 3):
        know(monkeypatch, (number, f"CREATE TABLE extra{number} (x INTEGER) STRICT;\n"))
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            migrate(database)
        (said,) = caplog.messages
        assert f"schema {number}" in said
        assert f"box.db.before-{number:04d}" in said
        assert kept(database) == [f"box.db.before-{number:04d}", foreign.name]
    caplog.clear()
    migrate(database)
    assert caplog.messages == []


@pytest.mark.usefixtures("update")
def test_snapshot_interrupted_leftover_replaced(database: Path) -> None:
    name = f"box.db.before-{NEXT:04d}"
    for left in (name, f"{name}.part", f"{name}.part-journal"):
        database.with_name(left).write_bytes(b"half of it")
    migrate(database)
    assert ask(database.with_name(name), "SELECT id FROM box") == [("this box",)]
    assert not database.with_name(f"{name}.part").exists()


@pytest.mark.usefixtures("update")
def test_snapshot_fails_nothing_changed(database: Path) -> None:
    # A folder in its place cannot be replaced by a file.
    (database.parent / f"box.db.before-{NEXT:04d}").mkdir()
    with pytest.raises(SetupError, match=r"cannot be copied .*before.* free space"):
        migrate(database)
    assert ask(database, "PRAGMA user_version") == [(NOW,)]
    assert kept(database) == [f"box.db.before-{NEXT:04d}"]


@pytest.mark.usefixtures("update")
def test_damaged_database_not_migrated(database: Path) -> None:
    ask(database, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(database.read_bytes())
    (page,) = ask(database, "SELECT rootpage FROM sqlite_schema WHERE name = 'asset_newest'")[0]
    assert isinstance(page, int)
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    database.write_bytes(content)
    with pytest.raises(SetupError, match="damaged"):
        migrate(database)
    assert ask(database, "PRAGMA user_version") == [(NOW,)]


@pytest.mark.usefixtures("update")
def test_two_processes_migrate_once(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Path] = []
    real = snapshot.take

    def take(source: Path, target: Path) -> None:
        taken.append(target)
        real(source, target)

    monkeypatch.setattr(snapshot, "take", take)
    real_schema = snapshot.schema_of
    answers: Iterator[int] = iter([NOW])

    def schema_of(connection: sqlite3.Connection) -> int:
        # What it saw before the other one had finished.
        return next(answers, None) or real_schema(connection)

    migrate(database)
    copy = database.with_name(f"box.db.before-{NEXT:04d}").read_bytes()
    monkeypatch.setattr(snapshot, "schema_of", schema_of)
    migrate(database)
    assert len(taken) == 1
    assert database.with_name(f"box.db.before-{NEXT:04d}").read_bytes() == copy


def test_migration_fails_schema_and_snapshot_kept(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know(monkeypatch, (NEXT, "CREATE TABLE extra (x INTEGER) STRICT;\n"), (NEXT + 1, "DROP TABLE nowhere;\n"))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(database)
    assert ask(database, "PRAGMA user_version") == [(NOW,)]
    assert ask(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'") == [(0,)]
    assert kept(database) == [f"box.db.before-{NEXT + 1:04d}"]


def test_newer_database_refused_unchanged(database: Path) -> None:
    ask(database, "PRAGMA user_version = 9999")
    before = {path.name: path.read_bytes() for path in database.parent.iterdir() if "-shm" not in path.name}
    with pytest.raises(SetupError, match=r"newer Roughy Box .*9999"):
        migrate(database)
    assert {path.name: path.read_bytes() for path in database.parent.iterdir() if "-shm" not in path.name} == before
