"""``restore``: returns the box as it was, verified to the last byte, or makes none at all."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path

import httpx
import pytest

from roughy_box.base import clock
from roughy_box.base.progress import Progress
from roughy_box.config.values import DAY
from roughy_box.domain.errors import SetupError
from roughy_box.operations.backup import restore as service
from roughy_box.operations.backup.verify import Outcome
from roughy_box.storage import migrate as migration
from roughy_box.storage.folder import open_folder
from tests.cli.saved import (
    change,
    cut_at,
    manifest_of,
    media_of,
    nothing_else,
    rows,
    saved,
    sha256,
    tree,
    used_box,
    verified,
)
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav


@pytest.fixture(scope="module")
def backup_of_used(tmp_path_factory: pytest.TempPathFactory) -> tuple[LiveBox, Path]:
    """A stopped box and its backup; tests only read both."""
    box = used_box(tmp_path_factory)
    dest = tmp_path_factory.mktemp("backups") / "backup"
    box.cli("backup", str(dest), "--copy")
    return box, dest


@pytest.fixture
def old(backup_of_used: tuple[LiveBox, Path]) -> LiveBox:
    return backup_of_used[0]


@pytest.fixture
def backup(backup_of_used: tuple[LiveBox, Path], tmp_path: Path) -> Path:
    """A backup of the test's own."""
    shutil.copytree(backup_of_used[1], tmp_path / "backup")
    return tmp_path / "backup"


@pytest.fixture
def shell(backup: Path) -> Shell:
    """A terminal on a new machine, with nothing but the backup."""
    return Shell(backup.parent)


@pytest.fixture
def data(shell: Shell) -> Path:
    """The folder of a restore without options."""
    return shell.folder / "roughy-box-data"


def restored(backup: Path, data: Path) -> Outcome:
    """Call the service itself, for tests that intercept its steps."""
    return service.restore(backup, data, keep_going=False, idle_expiry=DAY, progress=Progress())


def contents(data: Path) -> dict[str, bytes]:
    """Return the files that make a box, without those that programs leave next to them."""
    return {
        name: content
        for name, content in tree(data).items()
        if name.startswith(("media/", "incoming/")) or name in ("secret", "box.json")
    }


def test_restore_on_new_machine_returns_the_box(shell: Shell, old: LiveBox, backup: Path, data: Path) -> None:
    facts = shell.json("restore", "backup")
    assert list(facts) == ["data_dir", "configuration", "box", "created_at", "files", "bytes", "damaged"]
    assert facts["data_dir"] == str(data)
    assert facts["configuration"] == str(saved(backup, "roughy-box.toml"))
    assert facts["damaged"] == []
    assert facts["files"] == len(manifest_of(backup))

    assert contents(data) == contents(old.data_dir)
    for table in ("account", "api_key", "project", "asset", "ledger", "box"):
        without = "expires_at"
        before, after = (rows(folder, f"SELECT * FROM {table}") for folder in (old.data_dir, data))
        assert [row | {without: 0} for row in after] == [row | {without: 0} for row in before]
    for path in contents(data):
        was, is_now = (old.data_dir / path).stat(), (data / path).stat()
        assert is_now.st_mode == was.st_mode, path
        # The marker is written again, and the idle time of an upload starts now.
        if path.startswith("media/"):
            assert is_now.st_mtime_ns == was.st_mtime_ns, path
        assert is_now.st_nlink == 1, path
    assert (data / "box.db").stat().st_mode & 0o777 == 0o600
    assert shell.run("doctor").status == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of others")
def test_backup_restore_by_root_files_of_folder_owner(shell: Shell, old: LiveBox, tmp_path: Path) -> None:
    saved_to, data = tmp_path / "theirs", tmp_path / "their-data"
    for folder in (saved_to, data):
        folder.mkdir()
        os.chown(folder, 1234, 1235)
    old.cli("backup", str(saved_to), "--copy")
    shell.json("restore", str(saved_to), "--data-dir", str(data))
    for folder in (saved_to, data):
        owners = {path: (path.stat().st_uid, path.stat().st_gid) for path in folder.rglob("*")}
        assert owners == dict.fromkeys(owners, (1234, 1235))
        assert len(owners) > 10


def test_restore_shows_next_steps(shell: Shell, backup: Path) -> None:
    shown = shell.run("restore", "backup", "--data-dir", "elsewhere")
    assert (shown.status, shown.err) == (0, "")
    assert f"Restored to {shell.folder / 'elsewhere'}: 9 files, " in shown.out
    assert f"The configuration of the backup is {saved(backup, 'roughy-box.toml')}." in shown.out
    assert f'Set storage.data_dir = "{shell.folder / "elsewhere"}"' in shown.out
    assert "roughy-box serve" in shown.out
    assert "storage.data_dir" not in shell.run("restore", "backup").out


def test_read_only_backup_restored_stays_unchanged(shell: Shell, backup: Path) -> None:
    before = tree(backup)
    shell.json("restore", "backup", "--check")
    shell.json("restore", "backup")
    assert tree(backup) == before
    (backup / "backup.lock").unlink()
    shell.json("restore", "backup", "--data-dir", "second")
    assert not (backup / "backup.lock").exists()


def test_check_of_good_backup_writes_nothing(shell: Shell, backup: Path, data: Path) -> None:
    facts = shell.json("restore", "backup", "--check")
    assert list(facts) == ["backup", "box", "created_at", "files", "bytes", "damaged"]
    assert f"{backup} is complete" in shell.run("restore", "backup", "--check").out
    assert not data.exists()


# Refusals.


def no_backup(backup: Path, data: Path) -> str:
    (backup / "manifest.json").unlink()
    return "There is no finished backup"


def newer_backup(backup: Path, data: Path) -> str:
    path = backup / "manifest.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    return "newer Roughy Box"


def newer_database(backup: Path, data: Path) -> str:
    path = backup / "manifest.json"
    path.write_text(path.read_text().replace('"schema": ', '"schema": 99'))
    return "newer Roughy Box (schema 99"


def other_schema(backup: Path, data: Path) -> str:
    path = backup / "manifest.json"
    path.write_text(path.read_text().replace(f'"schema": {migration.scripts()[-1][0]}', '"schema": 1'))
    return "is not the database that its manifest describes"


def half_a_manifest(backup: Path, data: Path) -> str:
    path = backup / "manifest.json"
    path.write_text(path.read_text()[:500])
    return "manifest.json is damaged"


def manifest_of_something_else(backup: Path, data: Path) -> str:
    (backup / "manifest.json").write_text("[]")
    return "manifest.json is damaged"


def path_that_leads_out(backup: Path, data: Path) -> str:
    path = backup / "manifest.json"
    text = path.read_text().replace('"path": "secret"', '"path": "../secret"')
    path.write_text(text.replace('"stored": "state/1/secret"', '"stored": "state/1/../secret"'))
    return "manifest.json is damaged"


def source_that_leads_out(backup: Path, data: Path) -> str:
    path = backup / "manifest.json"
    path.write_text(path.read_text().replace('"stored": "state/1/secret"', '"stored": "state/1/../../secret"'))
    return "manifest.json is damaged"


def file_in_the_way(backup: Path, data: Path) -> str:
    data.mkdir()
    (data / "holiday.jpg").write_text("mine")
    return "already holds files (holiday.jpg)"


def box_in_the_way(backup: Path, data: Path) -> str:
    Shell(data.parent).json("init")
    return "is a box already"


def other_unfinished_restore(backup: Path, data: Path) -> str:
    data.mkdir()
    (data / "restoring").write_text("something else")
    return "unfinished restore of another backup"


def damaged_database(backup: Path, data: Path) -> str:
    flip(saved(backup, "box.db"))
    return "box.db in"


def damaged_marker(backup: Path, data: Path) -> str:
    flip(saved(backup, "box.json"))
    return "box.json in"


def damaged_media(backup: Path, data: Path) -> str:
    flip(next(backup.rglob("*.wav")))
    return "1 of the 9 files in"


def lost_media(backup: Path, data: Path) -> str:
    for path in backup.rglob("*.wav"):
        path.unlink()
    return "and 1 more. Restore another backup, or everything else of this one with --keep-going"


def flip(path: Path) -> None:
    """Change one bit, as a disk does in ten years."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "situation",
    [
        no_backup,
        newer_backup,
        newer_database,
        other_schema,
        half_a_manifest,
        manifest_of_something_else,
        path_that_leads_out,
        source_that_leads_out,
        file_in_the_way,
        box_in_the_way,
        other_unfinished_restore,
        damaged_database,
        damaged_marker,
        damaged_media,
        lost_media,
    ],
)
def test_refused_restore_makes_no_box(
    shell: Shell, backup: Path, data: Path, situation: Callable[[Path, Path], str]
) -> None:
    reason = situation(backup, data)
    was_box = (data / "box.json").exists()
    before = tree(data)
    shell.run("restore", "backup").refused(reason)
    assert (data / "box.json").exists() is was_box
    assert {name: tree(data)[name] for name in before} == before
    assert not (shell.folder / "secret").exists()


def test_restore_without_space_copies_nothing(shell: Shell, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(shell.folder)
    small = os.statvfs_result((real.f_bsize, 4096, real.f_blocks, 9, 9, *tuple(real)[5:]))
    with monkeypatch.context() as full:
        full.setattr(os, "statvfs", lambda path: small)
        shell.run("restore", "backup").refused("The backup needs", "but only 36 KiB are free")
    assert tree(data) == {}
    shell.json("restore", "backup")


def test_missing_folder_is_a_usage_error(shell: Shell) -> None:
    assert "nowhere" in shell.run("restore", "nowhere").refused()


# Damage.


def test_check_names_every_damaged_file(shell: Shell, backup: Path) -> None:
    flipped, cut, lost = sorted(backup.rglob("*.wav"))[:3]
    flip(flipped)
    size = cut.stat().st_size
    os.truncate(cut, 50)
    lost.unlink()
    shown = shell.run("restore", "backup", "--check", "--json")
    assert (shown.status, shown.err) == (1, "")
    found = {each["path"]: each["problem"] for each in json.loads(shown.out)["damaged"]}
    assert found == {
        str(flipped.relative_to(backup)): "has changed since it was saved",
        str(cut.relative_to(backup)): f"has 50 bytes instead of {size}",
        str(lost.relative_to(backup)): "cannot be read: No such file or directory",
    }
    table = shell.run("restore", "backup", "--check")
    assert table.status == 1
    assert all(path in table.out for path in found)
    assert "delete them" in table.out


def test_damage_found_by_check_is_repaired_by_next_backup(old: LiveBox, backup: Path) -> None:
    flipped = next(backup.rglob("*.wav"))
    content = flipped.read_bytes()
    flip(flipped)
    flipped.unlink()
    assert old.cli("backup", str(backup), "--copy")["copied"] == 1
    assert flipped.read_bytes() == content
    verified(backup)


def test_keep_going_restores_everything_else(shell: Shell, old: LiveBox, backup: Path, data: Path) -> None:
    ready = [media_of(old.data_dir, "ready", which).relative_to(old.data_dir) for which in (0, 1)]
    unpaid = media_of(old.data_dir, "pending_payment").relative_to(old.data_dir)
    flip(backup / ready[0])
    os.truncate(backup / ready[1], 50)
    (backup / unpaid).unlink()
    shell.run("restore", "backup").refused("2 of the 9 files")

    shown = shell.run("restore", "backup", "--keep-going", "--json")
    assert (shown.status, shown.err) == (1, "")
    damaged = {each["path"] for each in json.loads(shown.out)["damaged"]}
    assert damaged == {str(path) for path in (*ready, unpaid)}
    lost = {str(ready[1]), str(unpaid)}
    assert set(contents(data)) == set(contents(old.data_dir)) - lost
    # A film with a flipped bit still plays.
    assert (data / ready[0]).read_bytes() == (backup / ready[0]).read_bytes()
    found = json.loads(shell.run("doctor", "--json").out)
    assert found["ok"] is False
    assert {unpaid.stem, ready[1].stem} == {
        asset for asset in (unpaid.stem, *[path.stem for path in ready]) if asset in json.dumps(found["findings"])
    }


# Interruptions.


def test_restore_cut_off_anywhere_can_be_continued(backup: Path, data: Path, tmp_path: Path) -> None:
    for number in count(1):
        shutil.rmtree(data, ignore_errors=True)
        done = False
        with cut_at(number):
            restored(backup, data)
            done = True
        if done:
            break
        if not (data / "box.json").exists():
            with pytest.raises(SetupError, match="No box in"):
                open_folder(data)
            there = {path: path.stat().st_ino for path in data.rglob("media/**/*.wav")}
            if number % 3 == 0:
                assert restored(backup, data).damaged == []
                # Files that were there already were not copied again.
                assert {path: path.stat().st_ino for path in there} == there
        else:
            # The marker comes last: with it the box is complete.
            assert rows(data, "SELECT * FROM box")
            assert {"media", "incoming"} <= {path.name for path in data.iterdir()}
    assert number > 40
    assert sorted(path.name for path in data.iterdir()) == ["box.db", "box.json", "incoming", "media", "secret"]


def test_marker_written_after_everything_is_durable(backup: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed: dict[int, bool] = {}
    real_sync, real_replace = os.fsync, os.replace
    unsynced: list[str] = []

    def sync(descriptor: int) -> None:
        changed[os.fstat(descriptor).st_ino] = False
        real_sync(descriptor)

    def replace(source: Path, target: Path) -> None:
        if Path(target).name == "box.json":
            everything = [path for path in [data, *data.rglob("*")] if path.name != ".box.json.new"]
            unsynced.extend(str(path) for path in everything if changed.get(path.stat().st_ino, True))
        real_replace(source, target)
        changed[Path(target).parent.stat().st_ino] = True

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    restored(backup, data)
    assert unsynced == []


# Time has passed.


def test_open_uploads_restored_get_new_expiry(shell: Shell, backup: Path, data: Path) -> None:
    """The box was down longer than they had, which was not the fault of their clients."""
    path = saved(backup, "box.db")
    change(path.parent, "UPDATE asset SET expires_at = 1 WHERE type IS NOT NULL AND state = 'pending_upload'")
    written = (backup / "manifest.json").read_text()
    before = manifest_of(backup)["box.db"]["sha256"]
    (backup / "manifest.json").write_text(written.replace(before, sha256(path)))
    (far,) = rows(path.parent, "SELECT expires_at FROM asset WHERE state = 'pending_upload' AND type IS NULL")
    shell.environ["ROUGHY_BOX_UPLOADS_IDLE_EXPIRY"] = "3h"
    began = clock.now()
    shell.json("restore", "backup")
    near, same = rows(data, "SELECT expires_at FROM asset WHERE state = 'pending_upload' ORDER BY type IS NULL")
    assert began + 3 * 3600 * clock.SECOND <= near["expires_at"] <= clock.now() + 3 * 3600 * clock.SECOND
    assert same == far
    assert shell.run("doctor").status == 0


def test_backup_of_older_program_is_upgraded(
    shell: Shell, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = migration.scripts()[:-1]
    with monkeypatch.context() as past:
        past.setattr(migration, "scripts", lambda: older)
        shell.json("init", "--data-dir", "old", "--config", "old.toml", "--credits", "5")
        shell.json("backup", "older", "--config", "old.toml")
    shell.json("restore", "older")
    assert rows(data, "PRAGMA user_version")[0]["user_version"] == migration.scripts()[-1][0]
    assert shell.json("balance")["balance"] == 5
    assert shell.run("doctor").status == 0


# A box that serves.


def test_restored_box_serves_the_same_assets(fresh_box: Callable[..., LiveBox], tmp_path: Path) -> None:
    box = fresh_box(credits=10)
    shell = Shell(box.folder, {"ROUGHY_BOX_CONFIG": box.environ["ROUGHY_BOX_CONFIG"]})
    api = Api(box)
    whole, halved = wav(2, noise=random.Random(1)), wav(9, noise=random.Random(2))
    ready = api.get(api.upload(whole)["id"])
    asset_id, url = api.asset(len(halved))
    assert api.patch(url, 0, halved[:50_000]).status_code == 204
    assert httpx.get(ready["download_url"], verify=False).content == whole
    shell.json("backup", str(tmp_path / "backup"))

    # The restore undoes everything after the backup, credits included.
    later = api.upload(wav(1))["id"]
    assert api.balance() == 8
    box.stop(signal.SIGKILL)
    box.data_dir.rename(tmp_path / "lost")
    shell.json("restore", str(tmp_path / "backup"))
    assert shell.json("doctor")["ok"]
    box.start()
    api = Api(box)
    assert api.balance() == 9
    assert api.http.get(f"/v1/assets/{later}").status_code == 404
    # The URL was signed by the box that was lost.
    assert httpx.get(ready["download_url"], verify=False).content == whole
    assert httpx.get(api.get(ready["id"])["download_url"], verify=False).content == whole
    assert api.offset(url) == 50_000
    assert api.patch(url, 50_000, halved[50_000:]).status_code == 204
    assert httpx.get(api.get(api.settled(asset_id)["id"])["download_url"], verify=False).content == halved
    assert shell.json("doctor")["ok"]


class Crowd:
    """Clients that send and delete until they are stopped."""

    def __init__(self, box: LiveBox, number: int) -> None:
        self._box = box
        self._stop = threading.Event()
        self.hashes: dict[str, bytes] = {}
        self._threads = [threading.Thread(target=self._work, args=(seed,), daemon=True) for seed in range(number)]

    def __enter__(self) -> Crowd:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, seed: int) -> None:
        api, dice = Api(self._box), random.Random(seed)
        project_id = api.project()
        mine: list[str] = []
        while not self._stop.is_set():
            content = wav(dice.uniform(1, 8), noise=dice)
            asset_id, url = api.asset(len(content), project_id)
            self.hashes[asset_id] = content
            half = dice.randrange(100, len(content))
            api.patch(url, 0, content[:half])
            if dice.random() < 0.8:
                api.patch(url, half, content[half:])
            mine.append(asset_id)
            if len(mine) > 3:
                api.http.delete(f"/v1/assets/{mine.pop(dice.randrange(len(mine)))}")
        api.http.close()


def test_backups_under_load_can_all_be_restored(fresh_box: Callable[..., LiveBox], tmp_path: Path) -> None:
    box = fresh_box(credits=100_000)
    box_shell = Shell(box.folder, {"ROUGHY_BOX_CONFIG": box.environ["ROUGHY_BOX_CONFIG"]})
    backup = tmp_path / "backup"
    with Crowd(box, 3) as crowd:
        wait_until(lambda: len(crowd.hashes) > 10)
        for number in range(3):
            known = len(crowd.hashes)
            facts = box_shell.json("backup", str(backup))
            assert facts["problems"] == []
            verified(backup)
            nothing_else(backup)
            kept = tmp_path / f"kept{number}"
            shutil.copytree(backup, kept)
            wait_until(lambda: len(crowd.hashes) > known + 5)  # noqa: B023
    box.stop()
    for number in range(3):
        shell = Shell(tmp_path)
        data = tmp_path / f"data{number}"
        shell.environ["ROUGHY_BOX_STORAGE_DATA_DIR"] = str(data)
        shell.json("restore", f"kept{number}")
        assert shell.json("doctor")["ok"]
        saved_assets = rows(data, "SELECT * FROM asset")
        assert saved_assets
        for row in saved_assets:
            content = crowd.hashes[row["id"]]
            if row["state"] == "ready":
                path = data / f"media/projects/{row['project_id']}/{row['id']}.{row['extension']}"
                assert path.read_bytes() == content
            elif (data / "incoming" / row["id"]).exists():
                part = (data / "incoming" / row["id"]).read_bytes()
                assert part == content[: len(part)]
