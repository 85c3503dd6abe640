"""``doctor``: finds nothing in a sound box; damage is reported with its remedy, and repaired where that is safe."""

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
from tests.cli.box_shell import BoxShell, make_used_box, skip_children
from tests.cli.damages import DAMAGES, RESTORE, Damage, charge_twice, leave_a_file
from tests.harness import PROGRAM, LiveBox


@pytest.fixture(scope="module")
def used_box(tmp_path_factory: pytest.TempPathFactory) -> LiveBox:
    return make_used_box(tmp_path_factory.mktemp("used"))


@pytest.fixture
def box(used_box: LiveBox, tmp_path: Path) -> BoxShell:
    return BoxShell.like(used_box, tmp_path)


@pytest.fixture(autouse=True)
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_children(monkeypatch)


def test_sound_box_examined_has_no_findings(box: BoxShell) -> None:
    before = contents(box.data)
    for options in ((), ("--deep",), ("--repair",), ("--repair", "--deep")):
        report = box.report(*options)
        assert (report["findings"], report["repaired"]) == ([], [])
    assert contents(box.data) | {"serve.lock": b""} == before | {"serve.lock": b""}


def test_report_as_json_lists_facts(box: BoxShell) -> None:
    facts = box.report()["facts"]
    assert facts["version"] == __version__
    assert facts["box"] == box.value("SELECT id FROM box")
    assert facts["data_dir"] == str(box.data)
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
def test_damage_examined_is_reported_and_repaired(box: BoxShell, damage: Damage) -> None:
    sentence = damage.do(box)
    before = contents(box.data)
    found = box.report()["findings"]
    named = [finding for finding in found if sentence in finding["problem"]]
    assert named, found
    assert damage.remedy in named[0]["remedy"]
    assert {finding["check"] for finding in found} == {damage.check}
    assert contents(box.data) == before

    report = box.report("--repair")
    if damage.did is None:
        assert sentence in "\n".join(finding["problem"] for finding in report["findings"])
        assert report["repaired"] == []
        assert contents(box.data) | {"serve.lock": b""} == before | {"serve.lock": b""}
    else:
        assert report["findings"] == []
        assert [repaired["check"] for repaired in report["repaired"]] == [damage.check]
        assert damage.did in report["repaired"][0]["did"]
        assert box.report()["findings"] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to give files away")
def test_folder_of_another_user_gets_chown_remedy(box: BoxShell) -> None:
    path = box.data / "incoming"
    os.chown(path, 12345, -1)
    (found,) = box.report("--repair")["findings"]
    assert found == {
        "check": "permissions",
        "problem": f"{path} belongs to another user than the database",
        "remedy": f"chown {os.geteuid()}:{os.getegid()} {path}",
    }


def test_upload_beyond_declared_size_is_truncated(box: BoxShell) -> None:
    asset_id = box.asset("pending_upload")
    path = box.file(asset_id)
    before = path.read_bytes()
    os.truncate(path, 5001)
    (found,) = box.report()["findings"]
    assert found["check"] == "uploads"
    assert found["problem"] == f"upload {asset_id} has 5001 bytes, more than the 5000 declared"
    report = box.report("--repair")
    assert [repaired["did"] for repaired in report["repaired"]] == [f"cut {path} to 5000 bytes"]
    assert path.read_bytes() == before + bytes(5000 - len(before))
    # The rest is work of the server.
    (found,) = report["findings"]
    assert (found["check"], found["remedy"]) == (
        "stuck",
        "Start the server ('roughy-box serve'); it prepares the asset.",
    )


def test_index_repair_failing_stays_a_finding(box: BoxShell) -> None:
    charge_twice(box)
    report = box.report("--repair")
    assert report["repaired"] == []
    assert any("ledger_one_charge_per_asset is missing" in each["problem"] for each in report["findings"])


def test_wrong_ledger_repair_charges_nothing(box: BoxShell) -> None:
    box.edit("UPDATE account SET balance = 2")
    report = box.report("--repair")
    assert report["repaired"] == []
    assert {RESTORE in finding["remedy"] for finding in report["findings"]} == {True}
    assert box.value("SELECT count(*) FROM ledger") == 3


def test_control_characters_in_name_are_replaced(box: BoxShell) -> None:
    box.edit("UPDATE account SET name = char(27) || '[31m' || char(10) || 'x', balance = balance + 1")
    shown = box.run("doctor").out
    assert "\x1b" not in shown
    assert "the balance of account ?[31m?x differs from the sum of its entries" in shown


def test_many_findings_of_a_kind_are_cut_but_all_repaired(box: BoxShell) -> None:
    names = [f"01940000-0000-7000-8000-{number:012x}" for number in range(107)]
    for name in names:
        (box.data / "incoming" / name).touch()
    found = box.report()["findings"]
    assert len(found) == 101
    assert found[-1]["problem"] == "7 more like these"
    assert len(box.repairs()) == 107
    assert not any((box.data / "incoming" / name).exists() for name in names)


def test_foreign_files_are_counted_and_kept(box: BoxShell) -> None:
    kept = [box.data / "incoming" / "README.txt", box.data / "media" / "projects" / "notes.md"]
    for path in kept:
        path.write_text("mine")
    assert box.report()["facts"]["foreign_files"] == 2
    assert box.repairs() == []
    assert all(path.exists() for path in kept)


def test_space_below_reserve_is_reported(box: BoxShell) -> None:
    box.environ["ROUGHY_BOX_STORAGE_RESERVE"] = "1000TiB"
    (found,) = box.report()["findings"]
    assert found["check"] == "disk"
    assert "less than storage.reserve (1000 TiB)" in found["problem"]
    assert "df -h" in found["remedy"]


def test_clock_never_set_is_reported(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roughy_box.base.clock.now", lambda: 86_400 * 10**6)
    problems = box.problems()
    assert "the clock shows 1970-01-02T00:00:00.000000Z" in problems
    assert any("but the box was last written at" in problem for problem in problems)


def store_checksum(box: BoxShell, asset_id: str) -> Path:
    """Store the checksum of an asset, as a server does in the background."""
    path = box.file(asset_id)
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    box.edit(f"UPDATE asset SET sha256 = '{checksum}' WHERE id = '{asset_id}'")
    return path


def test_deep_check_changed_byte_is_reported(box: BoxShell) -> None:
    asset_id = box.asset("ready")
    path = store_checksum(box, asset_id)
    assert box.problems("--deep") == []
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"\x01")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert box.problems() == []
    report = box.report("--deep")
    (found,) = report["findings"]
    assert found["check"] == "contents"
    assert found["problem"] == f"the file of asset {asset_id} has changed since it was prepared"
    assert str(path) in found["remedy"]
    assert 0 <= report["facts"]["without_checksum"] <= 2
    leave_a_file(box)
    report = box.report("--deep", "--repair")
    assert [finding["check"] for finding in report["findings"]] == ["contents"]
    assert len(report["repaired"]) == 1


def test_deep_check_on_terminal_shows_progress(box: BoxShell) -> None:
    store_checksum(box, box.asset("ready"))
    reading, terminal = pty.openpty()
    command = [*PROGRAM, "doctor", "--deep"]
    done = subprocess.run(command, env=box.environ, cwd=box.folder, stdout=subprocess.PIPE, stderr=terminal, text=True)
    os.close(terminal)
    shown = os.read(reading, 65536).decode()
    os.close(reading)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "No problems found.")
    assert "reading all files" in shown
    assert "100%" in shown


def contents(folder: Path) -> dict[str, bytes]:
    """Return all links and files of a folder with their content, the database by its rows; without permissions."""
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
