"""``doctor``: silent about a well box; what is wrong is found, told with its remedy, and mended where that is safe."""

from __future__ import annotations

import hashlib
import os
import pty
import sqlite3
import subprocess
from pathlib import Path

import pytest

from roughy_box import __version__
from roughy_box.storage import inspection
from tests.cli.damages import DAMAGES, RESTORE, Damage, charge_twice, leave_a_file
from tests.cli.patient import Patient, make_used_box, skip_children
from tests.harness import PROGRAM, LiveBox


@pytest.fixture(scope="module")
def used_box(tmp_path_factory: pytest.TempPathFactory) -> LiveBox:
    return make_used_box(tmp_path_factory.mktemp("used"))


@pytest.fixture
def sick(used_box: LiveBox, tmp_path: Path) -> Patient:
    return Patient.like(used_box, tmp_path)


@pytest.fixture(autouse=True)
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_children(monkeypatch)


def test_a_well_box_has_no_findings_and_nothing_to_repair(sick: Patient) -> None:
    before = contents(sick.data)
    for options in ((), ("--deep",), ("--repair",), ("--repair", "--deep")):
        report = sick.report(*options)
        assert (report["findings"], report["repaired"]) == ([], [])
    assert contents(sick.data) | {"serve.lock": b""} == before | {"serve.lock": b""}


def test_facts_for_programs(sick: Patient) -> None:
    facts = sick.report()["facts"]
    assert facts["version"] == __version__
    assert facts["box"] == sick.value("SELECT id FROM box")
    assert facts["data_dir"] == str(sick.data)
    assert facts["served"] is False
    assert facts["schema"] == inspection.LATEST_SCHEMA
    assert facts["sqlite"] == sqlite3.sqlite_version
    assert {state: of["count"] for state, of in facts["assets"].items()} == {
        "ready": 2,
        "pending_payment": 1,
        "failed": 1,
        "pending_upload": 1,
    }
    assert facts["assets"]["ready"]["bytes"] == 2044 + 4044
    assert facts["entries"] == 3
    assert facts["foreign_files"] == 0
    assert 0 < facts["free_bytes"] < facts["total_bytes"]
    assert facts["file_system"]
    assert {"mp4", "mov", "mkv", "mxf", "wav", "mp3", "flac"} <= set(facts["formats"])
    assert all(facts[name] for name in ("libmagic", "pyav", "ffmpeg", "clock"))


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.do.__name__)
def test_what_is_wrong_is_told_with_its_remedy_and_mended_if_it_can_be(sick: Patient, damage: Damage) -> None:
    sentence = damage.do(sick)
    before = contents(sick.data)
    found = sick.report()["findings"]
    told = [finding for finding in found if sentence in finding["problem"]]
    assert told, found
    assert damage.remedy in told[0]["remedy"]
    assert {finding["check"] for finding in found} == {damage.check}
    assert contents(sick.data) == before

    report = sick.report("--repair")
    if damage.did is None:
        assert sentence in "\n".join(finding["problem"] for finding in report["findings"])
        assert report["repaired"] == []
        assert contents(sick.data) | {"serve.lock": b""} == before | {"serve.lock": b""}
    else:
        assert report["findings"] == []
        assert [repaired["check"] for repaired in report["repaired"]] == [damage.check]
        assert damage.did in report["repaired"][0]["did"]
        assert sick.report()["findings"] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to give files away")
def test_a_folder_of_another_user_is_told_with_the_command(sick: Patient) -> None:
    path = sick.data / "incoming"
    os.chown(path, 12345, -1)
    (found,) = sick.report("--repair")["findings"]
    assert found == {
        "check": "permissions",
        "problem": f"{path} belongs to another user than the database beside it",
        "remedy": f"chown {os.geteuid()}:{os.getegid()} {path}",
    }


def test_bytes_beyond_the_end_of_an_upload_are_cut_off(sick: Patient) -> None:
    asset_id = sick.asset("pending_upload")
    path = sick.file(asset_id)
    before = path.read_bytes()
    os.truncate(path, 5001)
    (found,) = sick.report()["findings"]
    assert found["check"] == "uploads"
    assert found["problem"] == f"upload {asset_id} has 5001 bytes, more than the 5000 announced"
    report = sick.report("--repair")
    assert [repaired["did"] for repaired in report["repaired"]] == [f"cut {path} to 5000 bytes"]
    assert path.read_bytes() == before + bytes(5000 - len(before))
    # What is left to do is the server's.
    (found,) = report["findings"]
    assert (found["check"], found["remedy"]) == ("stuck", "Start the server ('roughy-box serve'); it hands it over.")


def test_an_index_that_cannot_come_back_stays_a_finding(sick: Patient) -> None:
    charge_twice(sick)
    report = sick.report("--repair")
    assert report["repaired"] == []
    assert any("ledger_one_charge_per_asset is missing" in each["problem"] for each in report["findings"])


def test_a_ledger_that_is_wrong_is_not_charged_from(sick: Patient) -> None:
    sick.edit("UPDATE account SET balance = 2")
    report = sick.report("--repair")
    assert report["repaired"] == []
    assert {RESTORE in finding["remedy"] for finding in report["findings"]} == {True}
    assert sick.value("SELECT count(*) FROM ledger") == 3


def test_a_name_in_the_database_says_nothing_to_the_terminal(sick: Patient) -> None:
    sick.edit("UPDATE account SET name = char(27) || '[31m' || char(10) || 'x', balance = balance + 1")
    shown = sick.run("doctor").out
    assert "\x1b" not in shown
    assert "balance ?[31m?x differs from the sum of its entries" in shown


def test_many_findings_of_one_kind_are_told_once_and_all_mended(sick: Patient) -> None:
    names = [f"01940000-0000-7000-8000-{number:012x}" for number in range(107)]
    for name in names:
        (sick.data / "incoming" / name).touch()
    found = sick.report()["findings"]
    assert len(found) == 101
    assert found[-1]["problem"] == "7 more like these"
    assert len(sick.repairs()) == 107
    assert not any((sick.data / "incoming" / name).exists() for name in names)


def test_files_of_others_are_counted_and_left_alone(sick: Patient) -> None:
    kept = [sick.data / "incoming" / "README.txt", sick.data / "media" / "projects" / "notes.md"]
    for path in kept:
        path.write_text("mine")
    assert sick.report()["facts"]["foreign_files"] == 2
    assert sick.repairs() == []
    assert all(path.exists() for path in kept)


def test_space_below_the_reserve_is_told(sick: Patient) -> None:
    sick.environ["ROUGHY_BOX_STORAGE_RESERVE"] = "1000TiB"
    (found,) = sick.report()["findings"]
    assert found["check"] == "disk"
    assert "less than storage.reserve (1000 TiB)" in found["problem"]
    assert "df -h" in found["remedy"]


def test_a_clock_that_was_never_set_is_told(sick: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roughy_box.base.clock.now", lambda: 86_400 * 10**6)
    problems = sick.problems()
    assert "the clock shows 1970-01-02T00:00:00.000000Z" in problems
    assert any("but the box was last written at" in problem for problem in problems)


def seal(sick: Patient, asset_id: str) -> Path:
    """Note the checksum of an asset, as a server does in the background."""
    path = sick.file(asset_id)
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    sick.edit(f"UPDATE asset SET sha256 = '{checksum}' WHERE id = '{asset_id}'")
    return path


def test_deep_reads_every_byte(sick: Patient) -> None:
    asset_id = sick.asset("ready")
    path = seal(sick, asset_id)
    assert sick.problems("--deep") == []
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"\x01")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sick.problems() == []
    report = sick.report("--deep")
    (found,) = report["findings"]
    assert found["check"] == "contents"
    assert found["problem"] == f"the file of asset {asset_id} is not what it was when it was prepared"
    assert str(path) in found["remedy"]
    assert 0 <= report["facts"]["without_checksum"] <= 2
    leave_a_file(sick)
    report = sick.report("--deep", "--repair")
    assert [finding["check"] for finding in report["findings"]] == ["contents"]
    assert len(report["repaired"]) == 1


def test_deep_shows_on_a_terminal_how_far_it_is(sick: Patient) -> None:
    seal(sick, sick.asset("ready"))
    reading, terminal = pty.openpty()
    command = [*PROGRAM, "doctor", "--deep"]
    done = subprocess.run(
        command, env=sick.environ, cwd=sick.folder, stdout=subprocess.PIPE, stderr=terminal, text=True
    )
    os.close(terminal)
    shown = os.read(reading, 65536).decode()
    os.close(reading)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "No problems found.")
    assert "reading all files" in shown
    assert "100%" in shown


def contents(folder: Path) -> dict[str, bytes]:
    """All there is in a folder: links and files with their content, permissions apart; the database by its rows."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.name == "box.db":
            connection = sqlite3.connect(path)
            found[name] = "\n".join(connection.iterdump()).encode()
            connection.close()
        elif path.is_symlink():
            found[name] = os.readlink(path).encode()
        elif path.is_file() and not name.startswith("box.db-"):
            found[name] = path.read_bytes()
    return found
