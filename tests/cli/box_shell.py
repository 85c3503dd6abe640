"""A box to examine: real uploads, a real data folder, and ways to change it without the program."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from roughy_box.operations.doctor import surroundings
from roughy_box.storage.invariants import COUNTED
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, serving
from tests.media_bytes import wav

UNKNOWN_ID = "01940000-0000-7000-8000-00000000aaaa"


def make_used_box(folder: Path) -> LiveBox:
    """A stopped box with two ready assets, an unpaid one, a rejected one and an open upload of 99 of 5000 bytes."""
    with serving(folder, credits=3) as box:
        api = Api(box)
        with api.http:
            states = [api.upload(wav(seconds, rate=1000))["state"] for seconds in (1, 2, 70)]
            assert states == ["ready", "ready", "pending_payment"]
            for content in (b"just words " * 9, wav(1)[:99]):
                _, url = api.asset(5000)
                api.patch(url, 0, content)
        box.stop()
    return box


def skip_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no media children: they have tests of their own, and starting them would take most of the time."""

    async def nothing(config: object) -> list[object]:
        return []

    monkeypatch.setattr(surroundings, "_try_children", nothing)


class BoxShell(Shell):
    """A terminal on a machine with a data folder of the test's own."""

    def __init__(self, folder: Path, data: Path) -> None:
        super().__init__(folder, {"ROUGHY_BOX_STORAGE_DATA_DIR": str(data)})
        self.data = data

    @classmethod
    def like(cls, box: LiveBox, folder: Path) -> BoxShell:
        """Return one for a copy of a stopped box."""
        shutil.copytree(box.data_dir, folder / "data")
        return cls(folder, folder / "data")

    def report(self, *options: str) -> dict[str, Any]:
        """Return the report of doctor; check its shape and its exit code in any case."""
        outcome = self.run("doctor", "--json", *options)
        report: dict[str, Any] = json.loads(outcome.out)
        assert outcome.err == ""
        assert list(report) == ["ok", "findings", "repaired", "facts"]
        assert report["ok"] is (report["findings"] == []) is (outcome.status == 0)
        for finding in report["findings"]:
            assert list(finding) == ["check", "problem", "remedy"]
            assert all(finding.values())
        assert all(list(each) == ["check", "did"] for each in report["repaired"])
        return report

    def problems(self, *options: str) -> list[str]:
        """Return the sentences of all findings."""
        return [finding["problem"] for finding in self.report(*options)["findings"]]

    def repairs(self) -> list[str]:
        """Return what ``--repair`` did; fail if a finding is left."""
        report = self.report("--repair")
        assert report["ok"], report["findings"]
        return [repaired["did"] for repaired in report["repaired"]]

    def edit(self, *statements: str, keep_triggers: bool = False) -> None:
        """Change the database without the program, with its triggers and checks switched off.

        The counters of assets follow, unless they are what is changed.
        """
        with closing(sqlite3.connect(self.data / "box.db", isolation_level=None)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for name, _ in triggers if not keep_triggers else ():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
            if not any("asset_count" in statement for statement in statements):
                connection.execute("DELETE FROM asset_count")
                connection.execute(f"INSERT INTO asset_count {COUNTED}")
            for _, sql in triggers if not keep_triggers else ():
                connection.execute(sql)

    def value(self, query: str, *parameters: object) -> Any:
        """Return the first column of the first row."""
        with closing(sqlite3.connect(self.data / "box.db")) as connection:
            return connection.execute(query, parameters).fetchone()[0]

    def asset(self, state: str) -> str:
        """Return the id of the oldest asset in a state."""
        return str(self.value("SELECT id FROM asset WHERE state = ? ORDER BY seq", state))

    def file(self, asset_id: str) -> Path:
        """Return the path of the bytes of an asset."""
        return next(path for name in ("incoming", "media") for path in (self.data / name).rglob(f"{asset_id}*"))
