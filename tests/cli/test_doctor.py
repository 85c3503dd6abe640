"""``doctor``: silent about a well box, one finding and exit 1 for each thing that is wrong."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, serving
from tests.media_bytes import wav

UNKNOWN_ID = "01940000-0000-7000-8000-00000000aaaa"


@pytest.fixture(scope="module")
def used_box(tmp_path_factory: pytest.TempPathFactory) -> LiveBox:
    """A stopped box with two ready assets, an unpaid one, a rejected one and an open upload."""
    with serving(tmp_path_factory.mktemp("used"), credits=3) as box:
        api = Api(box)
        states = [api.upload(wav(seconds, rate=1000))["state"] for seconds in (1, 2, 70)]
        assert states == ["ready", "ready", "pending_payment"]
        for content in (b"just words " * 9, wav(1)[:99]):
            _, url = api.asset(5000)
            api.patch(url, 0, content)
        api.http.close()
        box.stop()
    return box


@pytest.fixture
def sick(used_box: LiveBox, tmp_path: Path) -> Shell:
    """A terminal beside a copy of that box."""
    shutil.copytree(used_box.data_dir, tmp_path / "data")
    return Shell(tmp_path, {"ROUGHY_BOX_STORAGE_DATA_DIR": str(tmp_path / "data")})


def findings(shell: Shell) -> list[dict[str, Any]]:
    """What doctor finds; its exit code must say so, too."""
    outcome = shell.run("doctor", "--json")
    report = json.loads(outcome.out)
    assert list(report) == ["ok", "findings"]
    assert report["ok"] is (report["findings"] == []) is (outcome.status == 0)
    assert all(list(each) == ["check", "problem", "remedy"] and all(each.values()) for each in report["findings"])
    return list(report["findings"])


def edit(folder: Path, *statements: str) -> None:
    """Change the database behind the program's back, its triggers switched off."""
    connection = sqlite3.connect(folder / "box.db", isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()


def media(folder: Path) -> list[Path]:
    return sorted((folder / "media").rglob("*.wav"))


def lose_media(folder: Path) -> str:
    media(folder)[0].unlink()
    return f"asset {media_id(folder, 'ready')} should have 2044 bytes but has no file"


def media_id(folder: Path, state: str) -> str:
    connection = sqlite3.connect(folder / "box.db")
    found = connection.execute("SELECT id FROM asset WHERE state = ? ORDER BY seq", (state,)).fetchone()
    connection.close()
    return str(found[0])


def shorten_media(folder: Path) -> str:
    path = media(folder)[0]
    path.write_bytes(path.read_bytes()[:-1])
    return f"asset {path.stem} should have 2044 bytes but has a file of 2043"


def leave_a_file(folder: Path) -> str:
    (folder / "incoming" / UNKNOWN_ID).write_bytes(b"left")
    return f"a file of {UNKNOWN_ID} has no asset"


def leave_a_media_file(folder: Path) -> str:
    (media(folder)[0].parent / f"{UNKNOWN_ID}.wav").write_bytes(b"left")
    return f"a file of {UNKNOWN_ID} has no asset"


def open_the_secret(folder: Path) -> str:
    (folder / "secret").chmod(0o644)
    return f"{folder / 'secret'} can be read by others (0644)"


def open_the_database(folder: Path) -> str:
    (folder / "box.db").chmod(0o640)
    return f"{folder / 'box.db'} can be read by others (0640)"


def raise_the_balance(folder: Path) -> str:
    edit(folder, "UPDATE account SET balance = balance + 1")
    return "balance studio differs from the sum of its entries"


def bend_the_chain(folder: Path) -> str:
    edit(folder, "UPDATE ledger SET balance_after = 9 WHERE seq = 1")
    return "the running balance is broken at entry 1"


def take_a_charge_back(folder: Path) -> str:
    found = media_id(folder, "ready")
    edit(
        folder,
        f"DELETE FROM ledger WHERE asset_id = '{found}'",
        "UPDATE ledger SET balance_after = balance_after + 1 WHERE seq > 2",
        "UPDATE account SET balance = (SELECT sum(delta) FROM ledger)",
    )
    return f"ready asset {found} has no charge of its price"


def forget_to_pay(folder: Path) -> str:
    found = media_id(folder, "pending_payment")
    edit(folder, "UPDATE account SET balance = 2", "UPDATE ledger SET delta = 4 WHERE seq = 1")
    return f"asset {found} waits for payment although the balance covers it"


def charge_what_is_not_ready(folder: Path) -> str:
    found = media_id(folder, "failed")
    edit(folder, f"UPDATE ledger SET asset_id = '{found}' WHERE seq = 2")
    return f"asset {found} is charged but not ready"


def lose_a_project(folder: Path) -> str:
    edit(folder, "PRAGMA foreign_keys = OFF", "DELETE FROM project WHERE seq = 1")
    return "row asset refers to one that is gone"


def forget_an_upload(folder: Path) -> str:
    edit(folder, "UPDATE asset SET expires_at = 1 WHERE state = 'pending_upload'")
    return f"upload {media_id(folder, 'pending_upload')} is overdue"


def test_well(sick: Shell) -> None:
    assert findings(sick) == []
    shown = sick.run("doctor")
    assert (shown.status, shown.out, shown.err) == (0, "The box is well.\n", "")


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (lose_media, "files"),
        (shorten_media, "files"),
        (leave_a_file, "files"),
        (leave_a_media_file, "files"),
        (open_the_secret, "permissions"),
        (open_the_database, "permissions"),
        (raise_the_balance, "database"),
        (bend_the_chain, "database"),
        (take_a_charge_back, "database"),
        (charge_what_is_not_ready, "database"),
        (forget_to_pay, "database"),
        (lose_a_project, "database"),
        (forget_an_upload, "uploads"),
    ],
)
def test_findings(sick: Shell, damage: Callable[[Path], str], check: str) -> None:
    sentence = damage(sick.folder / "data")
    found = findings(sick)
    assert sentence in [each["problem"] for each in found]
    assert {each["check"] for each in found} == {check}


def test_findings_for_people(sick: Shell) -> None:
    open_the_secret(sick.folder / "data")
    leave_a_file(sick.folder / "data")
    shown = sick.run("doctor")
    assert (shown.status, shown.err) == (1, "")
    lines = shown.out.splitlines()
    assert lines[0].split() == ["check", "problem", "what", "to", "do"]
    assert [line.split()[0] for line in lines[1:]] == ["permissions", "files"]
    assert f"chmod 600 {sick.folder / 'data' / 'secret'}" in lines[1]


def test_beside_a_server(live_shell: tuple[LiveBox, Shell]) -> None:
    box, shell = live_shell
    api = Api(box)
    with api.http:
        asset_id = api.upload(wav(1))["id"]
        assert findings(shell) == []
        (stored,) = box.data_dir.rglob(f"{asset_id}.wav")
        stored.unlink()
        assert [each["check"] for each in findings(shell)] == ["files"]
