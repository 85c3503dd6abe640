"""``doctor`` on boxes that cannot be opened: it examines what can be, changes nothing, and says what to do."""

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
from tests.cli.patient import UNKNOWN_ID, Patient, skip_children
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
    "clock",
    "notes",
}


@pytest.fixture(autouse=True)
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_children(monkeypatch)


@pytest.fixture
def sick(tmp_path: Path) -> Patient:
    """A new box with one file that is no asset's."""
    Shell(tmp_path).json("init", "--data-dir", "data", "--credits", "5")
    (tmp_path / "roughy-box.toml").unlink()
    (tmp_path / "data" / "incoming" / UNKNOWN_ID).write_bytes(b"left")
    return Patient(tmp_path, tmp_path / "data")


def tree(folder: Path) -> dict[str, Any]:
    """Names, modes and contents; SQLite's own files beside the database aside."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.is_file() and path.read_bytes())
        for path in folder.rglob("*")
        if not path.name.startswith("box.db-")
    }


def is_left_alone(sick: Patient, *sentences: str, remedy: str) -> dict[str, Any]:
    """Doctor says these sentences and changes nothing, asked to repair or not."""
    before = tree(sick.folder)
    for options in ((), ("--repair",)):
        report = sick.report(*options)
        for sentence in sentences:
            found = [finding for finding in report["findings"] if sentence in finding["problem"]]
            assert found, report["findings"]
            assert remedy in found[0]["remedy"]
        assert report["repaired"] == []
        assert set(report["facts"]) >= FACTS
        assert tree(sick.folder) == before
    assert any("Nothing was repaired" in note for note in report["facts"]["notes"])
    return report


def test_a_folder_that_is_not_there(sick: Patient) -> None:
    shutil.rmtree(sick.data)
    report = is_left_alone(sick, f"there is no box in {sick.data}: box.json is missing", remedy="roughy-box init")
    assert len(report["findings"]) == 1


def test_an_empty_folder_where_a_disk_should_be_mounted(sick: Patient) -> None:
    shutil.rmtree(sick.data)
    sick.data.mkdir()
    report = is_left_alone(sick, "there is no box in", remedy=f"df {sick.data}")
    assert len(report["findings"]) == 1


def test_a_file_in_the_place_of_the_folder(sick: Patient) -> None:
    shutil.rmtree(sick.data)
    sick.data.write_text("a file")
    is_left_alone(sick, "there is no box in", remedy="storage.data_dir")


def test_a_database_without_its_marker(sick: Patient) -> None:
    (sick.data / "box.json").unlink()
    is_left_alone(sick, f"{sick.data} has a database but no box.json", f"a file of {UNKNOWN_ID}", remedy="")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\x00", b"\xff\xfe"])
def test_a_damaged_marker(sick: Patient, content: bytes) -> None:
    (sick.data / "box.json").write_bytes(content)
    is_left_alone(sick, f"{sick.data / 'box.json'} is damaged", remedy="roughy-box restore")


def test_a_database_of_another_box_never_costs_a_file(sick: Patient) -> None:
    sick.edit("UPDATE box SET id = 'another'")
    is_left_alone(sick, "they are of different boxes", remedy="roughy-box restore")
    assert (sick.data / "incoming" / UNKNOWN_ID).exists()


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
        (empty, "box.db is empty or of another program"),
        (replace, "the database cannot be read: file is not a database"),
        (cut, "the database cannot be read: database disk image is malformed"),
    ],
)
def test_a_lost_or_damaged_database(sick: Patient, harm: Callable[[Path], None], sentence: str) -> None:
    harm(sick.data / "box.db")
    is_left_alone(sick, sentence, remedy="roughy-box restore")


def test_a_damaged_page_never_costs_a_file(sick: Patient) -> None:
    """The row of a file may stand on the page that cannot be read any more."""
    page = sick.value("SELECT rootpage FROM sqlite_schema WHERE name = 'asset_newest'")
    size = sick.value("PRAGMA page_size")
    with (sick.data / "box.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x00" * size)
    report = sick.report("--repair")
    assert {finding["check"] for finding in report["findings"]} == {"database"}
    assert any("damaged" in each["problem"] or "malformed" in each["problem"] for each in report["findings"])
    assert report["repaired"] == []
    assert (sick.data / "incoming" / UNKNOWN_ID).exists()


def test_a_schema_of_a_newer_program(sick: Patient) -> None:
    sick.edit("PRAGMA user_version = 999")
    (sick.data / "incoming" / UNKNOWN_ID).unlink()
    (found,) = sick.report("--repair")["findings"]
    assert "schema 999 of a newer Roughy Box" in found["problem"]
    assert "Install that version again" in found["remedy"]


def test_a_schema_of_an_older_program_is_examined_and_not_changed(sick: Patient) -> None:
    number, script = scripts()[0]
    (sick.data / "incoming" / UNKNOWN_ID).unlink()
    (sick.data / "box.db").unlink()
    box = json.loads((sick.data / "box.json").read_text())["box"]
    with closing(sqlite3.connect(sick.data / "box.db")) as connection:
        connection.executescript(f"{script}; INSERT INTO box VALUES (1, '{box}', 1); PRAGMA user_version = {number}")
    (sick.data / "box.db").chmod(0o600)
    report = sick.report("--deep", "--repair")
    assert report["findings"] == []
    assert report["facts"]["schema"] == number
    assert any("is brought to" in note for note in report["facts"]["notes"])
    assert sick.value("PRAGMA user_version") == number


def test_a_database_that_another_program_holds(sick: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "_BUSY_TIMEOUT", 0.1)
    with closing(sqlite3.connect(sick.data / "box.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("UPDATE box SET one = 1")
        report = is_left_alone(sick, "the database cannot be read: database is locked", remedy="Stop the program")
    assert len(report["findings"]) == 1


@pytest.fixture
def network(sick: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [Mount("/", "ext4"), Mount(str(sick.data), "nfs4")]
    monkeypatch.setattr(volume, "mounts", lambda: mounts)


@pytest.mark.usefixtures("network")
def test_a_network_file_system_is_told_and_the_database_not_touched(
    sick: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection.sqlite3, "connect", pytest.fail)
    report = is_left_alone(
        sick, f"{sick.data} is on a network file system (nfs4)", remedy="move the folder to a disk of this machine"
    )
    assert report["facts"]["file_system"] == "nfs4"
    assert "schema" not in report["facts"]
    assert len(report["findings"]) == 1


@pytest.mark.usefixtures("network")
def test_a_network_file_system_is_refused_with_one_sentence(sick: Patient) -> None:
    with pytest.raises(SetupError, match=r"network file system \(nfs4\).*storage\.data_dir"):
        check_local(sick.data)
    with pytest.raises(SetupError):
        check_local(sick.data / "not" / "yet" / "there")
    check_local(sick.folder)


@pytest.fixture
def read_only_disk(sick: Patient) -> Iterator[None]:
    """The data folder on a disk that became read-only, as one does when it fails."""
    aside = sick.data.rename(sick.folder / "aside")
    sick.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(sick.data)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a volume")
    try:
        shutil.copytree(aside, sick.data, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", str(sick.data)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(sick.data)], check=True)


@pytest.mark.usefixtures("read_only_disk")
def test_a_disk_that_became_read_only(sick: Patient) -> None:
    report = sick.report("--repair")
    problems = [finding["problem"] for finding in report["findings"]]
    assert f"{sick.data} cannot be written: Read-only file system" in problems
    assert not any("roughy-box restore" in finding["remedy"] for finding in report["findings"])
    assert report["repaired"] == []
    assert report["facts"]["file_system"] == "tmpfs"
    assert any("is in memory" in note for note in report["facts"]["notes"])


def test_settings_that_cannot_be_read(sick: Patient) -> None:
    sick.environ["ROUGHY_BOX_SERVER_PORT"] = "99999"
    report = sick.report("--repair")
    (found,) = report["findings"]
    assert found["check"] == "configuration"
    assert "server.port" in found["problem"]
    sick.run("doctor").refused("server.port")
