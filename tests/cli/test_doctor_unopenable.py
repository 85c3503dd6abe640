"""``doctor`` on boxes that cannot be opened: it examines as much as possible, changes nothing, and gives a remedy."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from roughy_box.domain.errors import SetupError
from roughy_box.storage import inspection, volume
from roughy_box.storage.migrate import scripts
from roughy_box.storage.volume import Mount, check_local
from tests.cli.box_shell import UNKNOWN_ID, BoxShell, skip_children
from tests.cli.shell import Shell

FACTS = {
    "version",
    "config_file",
    "settings",
    "sqlite",
    "libmagic",
    "pyav",
    "ffmpeg",
    "formats",
    "recognizers",
    "encoders",
    "clock",
    "notes",
}


@pytest.fixture(autouse=True)
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_children(monkeypatch)


@pytest.fixture
def box(tmp_path: Path) -> BoxShell:
    """A new box with one file that belongs to no asset."""
    Shell(tmp_path).json("init", "--data-dir", "data", "--credits", "5")
    (tmp_path / "roughy-box.toml").unlink()
    (tmp_path / "data" / "incoming" / UNKNOWN_ID).write_bytes(b"left")
    # Whoever closes the database last copies the log of init into it, so that its bytes would change.
    with closing(sqlite3.connect(tmp_path / "data" / "box.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return BoxShell(tmp_path, tmp_path / "data")


def tree(folder: Path) -> dict[str, Any]:
    """Return names, modes and contents, without SQLite's own files next to the database."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.is_file() and path.read_bytes())
        for path in folder.rglob("*")
        if not path.name.startswith("box.db-")
    }


def is_left_alone(box: BoxShell, *sentences: str, remedy: str) -> dict[str, Any]:
    """Check that doctor reports these sentences and changes nothing, with and without ``--repair``."""
    before = tree(box.folder)
    for options in ((), ("--repair",)):
        report = box.report(*options)
        for sentence in sentences:
            found = [finding for finding in report["findings"] if sentence in finding["problem"]]
            assert found, report["findings"]
            assert remedy in found[0]["remedy"]
        assert report["repaired"] == []
        assert set(report["facts"]) >= FACTS
        assert tree(box.folder) == before
    assert any("Nothing was repaired" in note for note in report["facts"]["notes"])
    return report


def test_missing_folder_is_reported(box: BoxShell) -> None:
    shutil.rmtree(box.data)
    report = is_left_alone(box, f"there is no box in {box.data}: box.json is missing", remedy="roughy-box init")
    assert len(report["findings"]) == 1


def test_empty_folder_suggests_checking_mount(box: BoxShell) -> None:
    shutil.rmtree(box.data)
    box.data.mkdir()
    report = is_left_alone(box, "there is no box in", remedy=f"df {box.data}")
    assert len(report["findings"]) == 1


def test_file_in_place_of_folder_is_reported(box: BoxShell) -> None:
    shutil.rmtree(box.data)
    box.data.write_text("a file")
    is_left_alone(box, "there is no box in", remedy="storage.data_dir")


def test_database_without_marker_is_left_alone(box: BoxShell) -> None:
    (box.data / "box.json").unlink()
    is_left_alone(box, f"{box.data} has a database but no box.json", f"a file is left of asset {UNKNOWN_ID}", remedy="")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\x00", b"\xff\xfe"])
def test_damaged_marker_is_left_alone(box: BoxShell, content: bytes) -> None:
    (box.data / "box.json").write_bytes(content)
    is_left_alone(box, f"{box.data / 'box.json'} is damaged", remedy="roughy-box restore")


def test_database_of_another_box_keeps_files(box: BoxShell) -> None:
    box.edit("UPDATE box SET id = 'another'")
    is_left_alone(box, "they belong to different boxes", remedy="roughy-box restore")
    assert (box.data / "incoming" / UNKNOWN_ID).exists()


def lose(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lose, "box.db is missing"),
        (empty, "box.db is empty or belongs to another program"),
        (replace, "the database cannot be read: file is not a database"),
        (cut, "the database cannot be read: database disk image is malformed"),
    ],
)
def test_lost_or_damaged_database_is_left_alone(box: BoxShell, harm: Callable[[Path], None], sentence: str) -> None:
    harm(box.data / "box.db")
    is_left_alone(box, sentence, remedy="roughy-box restore")


def test_damaged_page_keeps_files(box: BoxShell) -> None:
    """The row of a file may be on the unreadable page."""
    page = box.value("SELECT rootpage FROM sqlite_schema WHERE name = 'asset_newest'")
    size = box.value("PRAGMA page_size")
    with (box.data / "box.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x00" * size)
    report = box.report("--repair")
    assert {finding["check"] for finding in report["findings"]} == {"database"}
    assert any("damaged" in each["problem"] or "malformed" in each["problem"] for each in report["findings"])
    assert report["repaired"] == []
    assert (box.data / "incoming" / UNKNOWN_ID).exists()


def test_newer_schema_is_reported(box: BoxShell) -> None:
    box.edit("PRAGMA user_version = 999")
    (box.data / "incoming" / UNKNOWN_ID).unlink()
    (found,) = box.report("--repair")["findings"]
    assert "schema 999 of a newer Roughy Box" in found["problem"]
    assert "Install that version again" in found["remedy"]


def test_older_schema_is_examined_not_changed(box: BoxShell) -> None:
    number, script = scripts()[0]
    (box.data / "incoming" / UNKNOWN_ID).unlink()
    (box.data / "box.db").unlink()
    box_id = json.loads((box.data / "box.json").read_text())["box"]
    with closing(sqlite3.connect(box.data / "box.db")) as connection:
        connection.executescript(f"{script}; INSERT INTO box VALUES (1, '{box_id}', 1); PRAGMA user_version = {number}")
    (box.data / "box.db").chmod(0o600)
    report = box.report("--deep", "--repair")
    assert report["findings"] == []
    assert report["facts"]["schema"] == number
    assert any("will be upgraded to" in note for note in report["facts"]["notes"])
    assert box.value("PRAGMA user_version") == number


def test_locked_database_is_reported(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "_BUSY_TIMEOUT", 0.1)
    with closing(sqlite3.connect(box.data / "box.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("UPDATE box SET one = 1")
        report = is_left_alone(box, "the database cannot be read: database is locked", remedy="Stop the program")
    assert len(report["findings"]) == 1


@pytest.fixture
def network(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [Mount("/", "ext4"), Mount(str(box.data), "nfs4")]
    monkeypatch.setattr(volume, "mounts", lambda: mounts)


@pytest.mark.usefixtures("network")
def test_network_file_system_keeps_database_closed(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection.sqlite3, "connect", pytest.fail)
    report = is_left_alone(
        box,
        f"{box.data} is on a network file system (nfs4)",
        remedy="move the folder to a disk of this machine",
    )
    assert report["facts"]["file_system"] == "nfs4"
    assert "schema" not in report["facts"]
    assert len(report["findings"]) == 1


@pytest.mark.usefixtures("network")
def test_network_file_system_is_refused(box: BoxShell) -> None:
    with pytest.raises(SetupError, match=r"network file system \(nfs4\).*storage\.data_dir"):
        check_local(box.data)
    with pytest.raises(SetupError):
        check_local(box.data / "not" / "yet" / "there")
    check_local(box.folder)


@pytest.fixture
def read_only_disk(box: BoxShell) -> Iterator[None]:
    """The data folder on a disk that became read-only, as one does when it fails."""
    aside = box.data.rename(box.folder / "aside")
    box.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(box.data)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a volume")
    try:
        shutil.copytree(aside, box.data, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", str(box.data)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(box.data)], check=True)


@pytest.mark.usefixtures("read_only_disk")
def test_read_only_disk_is_reported(box: BoxShell) -> None:
    report = box.report("--repair")
    problems = [finding["problem"] for finding in report["findings"]]
    assert f"{box.data} cannot be written: Read-only file system" in problems
    assert not any("roughy-box restore" in finding["remedy"] for finding in report["findings"])
    assert report["repaired"] == []
    assert report["facts"]["file_system"] == "tmpfs"
    assert any("is in memory" in note for note in report["facts"]["notes"])


def test_invalid_setting_is_reported(box: BoxShell) -> None:
    box.environ["ROUGHY_BOX_SERVER_PORT"] = "99999"
    report = box.report("--repair")
    (found,) = report["findings"]
    assert found["check"] == "configuration"
    assert "server.port" in found["problem"]
    box.run("doctor").refused("server.port")
