"""``backup``: complete and consistent whatever the server does meanwhile, and never worse than the previous one."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from roughy_box.base.progress import Progress
from roughy_box.operations.backup import create, store
from roughy_box.storage import copies, snapshot
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
    terminal_with_copy,
    tree,
    used_box,
    verified,
)
from tests.cli.shell import Shell
from tests.harness import PROGRAM, LiveBox

KILLS = int(os.environ.get("ROUGHY_BOX_TESTS_ROUNDS", "4"))


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> LiveBox:
    return used_box(tmp_path_factory)


@pytest.fixture
def shell(pattern: LiveBox, tmp_path: Path) -> Shell:
    """A terminal with a box of the test's own, in ``data``."""
    return terminal_with_copy(pattern, tmp_path)


@pytest.fixture
def data(shell: Shell) -> Path:
    return shell.folder / "data"


@pytest.fixture
def dest(shell: Shell) -> Path:
    return shell.folder / "backup"


def back_up(data: Path, dest: Path, *, copies: bool = False) -> create.Result:
    """Call the service itself, for tests that intercept its steps."""
    return create.back_up(open_folder(data), None, dest, copies=copies, progress=Progress())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_backup_of_used_box_holds_everything(shell: Shell, data: Path, dest: Path) -> None:
    facts = shell.json("backup", "backup")
    assert list(facts) == [
        "destination", "box", "created_at", "files", "bytes", "copied", "linked", "kept", "problems", "removed",
    ]  # fmt: skip
    assert facts["destination"] == str(dest)
    assert (facts["linked"], facts["copied"], facts["kept"], facts["removed"]) == (4, 1, 0, 0)
    assert facts["problems"] == []

    written = json.loads((dest / "manifest.json").read_text())
    (box,) = rows(data, "SELECT * FROM box")
    (schema,) = rows(data, "PRAGMA user_version")
    assert (written["format"], written["run"], written["box"]) == (1, 1, box["id"])
    assert written["schema"] == schema["user_version"]
    assert written["created_at"] == facts["created_at"]

    files = manifest_of(dest)
    assert len(files) == facts["files"]
    assert sum(entry["size"] for entry in files.values()) == facts["bytes"]
    for path, entry in files.items():
        stored = dest / entry["stored"]
        assert (stored.stat().st_size, sha256(stored)) == (entry["size"], entry["sha256"])
        if path != "box.db" and path != "roughy-box.toml":
            assert stored.read_bytes() == (data / path).read_bytes()
    kinds = {path.split("/")[0] for path in files}
    assert kinds == {"box.json", "box.db", "secret", "roughy-box.toml", "incoming", "media"}
    nothing_else(dest)


def test_private_files_backed_up_stay_private(shell: Shell, data: Path, dest: Path) -> None:
    (shell.folder / "roughy-box.toml").chmod(0o644)
    (data / "secret").chmod(0o644)
    previous = os.umask(0)
    try:
        shell.json("backup", "backup", "--copy")
    finally:
        os.umask(previous)
    assert mode_of(dest) == 0o700
    assert {mode_of(path) for path in dest.rglob("*") if path.is_dir()} == {0o700}
    for path in ("box.json", "box.db", "secret", "roughy-box.toml"):
        assert mode_of(saved(dest, path)) == 0o600
    assert mode_of(dest / "manifest.json") == mode_of(dest / "backup.lock") == 0o600
    media = media_of(data, "ready").relative_to(data)
    assert mode_of(saved(dest, str(media))) == mode_of(data / media)


def test_backup_on_same_disk_links_media_copies_uploads(shell: Shell, data: Path, dest: Path) -> None:
    shown = shell.run("backup", "backup")
    assert "another disk is safer" in shown.out
    for path in manifest_of(dest):
        is_linked = saved(dest, path).stat().st_ino == (data / path).stat().st_ino if path != "roughy-box.toml" else 0
        assert bool(is_linked) is path.startswith("media/"), path


def test_copy_option_makes_media_independent(shell: Shell, data: Path, dest: Path) -> None:
    shell.json("backup", "backup")
    facts = shell.json("backup", "backup", "--copy")
    assert (facts["linked"], facts["copied"], facts["kept"]) == (0, 4, 1)
    for path in data.rglob("media/**/*.wav"):
        copied = saved(dest, str(path.relative_to(data)))
        assert copied.stat().st_nlink == 1
        assert (copied.read_bytes(), copied.stat().st_mtime_ns) == (path.read_bytes(), path.stat().st_mtime_ns)
    assert shell.json("backup", "backup", "--copy")["kept"] == 5
    verified(dest)
    nothing_else(dest)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A volume of 1 MiB."""
    mounted = tmp_path / "volume"
    mounted.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mounted)], capture_output=True)
    if done.returncode:
        pytest.skip("needs the right to mount a small volume")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "--lazy", str(mounted)], check=True)


@pytest.mark.parametrize("room", [50_000, 400_000])
def test_full_disk_keeps_previous_backup_and_next_run_completes(
    shell: Shell, data: Path, small_disk: Path, room: int
) -> None:
    """The first size leaves no space for the database, the second none for the media."""
    dest = small_disk / "backup"
    shell.json("backup", str(dest))
    path = media_of(data, "ready")
    path.write_bytes(os.urandom(900_000))
    forgotten = "DROP TRIGGER asset_sha256_stays"
    size = "UPDATE asset SET declared_size = 900000, size_bytes = 900000, sha256 = NULL"
    change(data, forgotten, f"{size} WHERE id = '{path.stem}'")
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - room))
    shell.run("backup", str(dest)).refused("disk is full" if room == 50_000 else "No space left on device")
    assert verified(dest).state.run == 1
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    shell.json("backup", str(dest))
    assert verified(dest).state.run == 2
    nothing_else(dest)


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk."""
    place = Path("/dev/shm")
    if not place.is_dir() or place.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system")
    folder = place / f"roughy-box-{os.getpid()}-{tmp_path.name}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def test_backup_to_another_disk_copies_media(shell: Shell, other_disk: Path) -> None:
    facts = shell.json("backup", str(other_disk / "backup"))
    assert (facts["linked"], facts["copied"]) == (0, 5)
    assert shell.json("backup", str(other_disk / "backup"))["kept"] == 5
    verified(other_disk / "backup")


@pytest.mark.parametrize("option", [[], ["--copy"]])
def test_second_run_takes_only_what_is_new(shell: Shell, data: Path, dest: Path, option: list[str]) -> None:
    shell.json("backup", "backup", *option)
    before = {path: path.stat() for path in dest.rglob("media/**/*.wav")}
    gone, grown = media_of(data, "ready"), next((data / "incoming").iterdir())
    change(data, f"DELETE FROM asset WHERE id = '{gone.stem}'")
    gone.unlink()
    with grown.open("ab") as file:
        file.write(b"more")

    facts = shell.json("backup", "backup", *option)
    # One medium, the database, the marker, the secret, the settings and the open upload are replaced.
    assert (facts["copied"], facts["linked"], facts["kept"], facts["removed"]) == (1, 0, 3, 6)
    left = {path for path in before if path.name != gone.name}
    assert set(dest.rglob("media/**/*.wav")) == left
    assert all(path.stat().st_ino == before[path].st_ino for path in left)
    assert all(path.stat().st_mtime_ns == before[path].st_mtime_ns for path in left)
    assert saved(dest, f"incoming/{grown.name}").read_bytes() == grown.read_bytes()
    verified(dest)
    nothing_else(dest)


def test_foreign_files_in_backup_stay(shell: Shell, data: Path, dest: Path) -> None:
    shell.json("backup", "backup")
    project = next((dest / "media" / "projects").iterdir())
    foreign = [dest / "notes.txt", project / "notes.txt", project.parent / "cover.jpg"]
    for path in foreign:
        path.write_text("mine")
    change(data, "DELETE FROM asset")
    shell.json("backup", "backup")
    assert [path.read_text() for path in foreign] == ["mine"] * 3
    assert list(dest.rglob("*.wav")) == []


def test_progress_off_terminal_is_not_shown(shell: Shell, dest: Path) -> None:
    shown = shell.run("backup", "backup")
    assert (shown.status, shown.err) == (0, "")
    assert f"{dest} is a complete backup: 9 files, " in shown.out
    assert "1 copied, 4 linked, 0 unchanged" in shown.out


def test_progress_on_terminal_is_shown(shell: Shell) -> None:
    controller, terminal = os.openpty()
    done = subprocess.run(
        [*PROGRAM, "backup", "backup"], env=shell.environ, cwd=shell.folder, stdout=subprocess.PIPE, stderr=terminal
    )
    os.close(terminal)
    shown = os.read(controller, 100_000).decode()
    os.close(controller)
    assert done.returncode == 0
    assert "Copying" in shown
    assert "100%" in shown
    assert b"100%" not in done.stdout


# Refusals.


def foreign_folder(shell: Shell, dest: Path) -> str:
    dest.mkdir()
    (dest / "holiday.jpg").write_text("mine")
    return "holds other files (holiday.jpg)"


def plain_file(shell: Shell, dest: Path) -> str:
    dest.write_text("mine")
    return "cannot be used"


def missing_parent(shell: Shell, dest: Path) -> str:
    dest.symlink_to(shell.folder / "unmounted" / "disk")
    return "unmounted does not exist. Check that the disk is mounted"


def inside_the_box(shell: Shell, dest: Path) -> str:
    dest.symlink_to(shell.folder / "data" / "backup")
    return "inside the data folder"


def the_box_itself(shell: Shell, dest: Path) -> str:
    dest.symlink_to(shell.folder / "data")
    return "inside the data folder"


def other_box(shell: Shell, dest: Path) -> str:
    other = Shell(shell.folder)
    other.json("init", "--data-dir", "other", "--config", "other.toml")
    other.json("backup", "backup", "--config", "other.toml")
    return "the backup of another box"


def other_box_cut_off(shell: Shell, dest: Path) -> str:
    dest.mkdir()
    (dest / "backup.lock").write_text("another box")
    return "the backup of another box"


def newer_backup(shell: Shell, dest: Path) -> str:
    shell.json("backup", "backup")
    path = dest / "manifest.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    return "newer Roughy Box"


def damaged_manifest(shell: Shell, dest: Path) -> str:
    shell.json("backup", "backup")
    (dest / "manifest.json").write_text('{"format": 1,')
    return "manifest.json is damaged"


def newer_box(shell: Shell, dest: Path) -> str:
    change(shell.folder / "data", "PRAGMA user_version = 9999")
    return "newer Roughy Box (schema 9999"


@pytest.mark.parametrize(
    "situation",
    [
        foreign_folder,
        plain_file,
        missing_parent,
        inside_the_box,
        the_box_itself,
        other_box,
        other_box_cut_off,
        newer_backup,
        damaged_manifest,
        newer_box,
    ],
)
def test_refused_backup_changes_nothing(shell: Shell, dest: Path, situation: Callable[[Shell, Path], str]) -> None:
    reason = situation(shell, dest)
    before = tree(shell.folder)
    shell.run("backup", "backup").refused(reason)
    after = tree(shell.folder)
    assert {name: after[name] for name in after if "box.db-" not in name} == {
        name: before[name] for name in before if "box.db-" not in name
    }


@pytest.mark.parametrize("command", ["doctor", "balance"])
def test_newer_box_is_refused_by_every_command(shell: Shell, data: Path, command: str) -> None:
    change(data, "PRAGMA user_version = 9999")
    shown = shell.run(command)
    assert shown.status == 1
    assert "9999" in shown.out + shown.err


def test_disk_with_lost_and_found_counts_as_empty(shell: Shell, dest: Path) -> None:
    (dest / "lost+found").mkdir(parents=True)
    shell.json("backup", "backup")
    verified(dest)


def test_concurrent_runs_are_refused(shell: Shell, dest: Path) -> None:
    shell.json("backup", "backup")
    with (dest / "backup.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        shell.run("backup", "backup").refused("Another backup or restore is running")
    shell.json("backup", "backup")


# Damage in the box.


def test_files_lost_in_box_stay_in_backup(shell: Shell, data: Path, dest: Path) -> None:
    shell.json("backup", "backup", "--copy")
    lost, cut = media_of(data, "ready", 0), media_of(data, "ready", 1)
    content, size = {path: path.read_bytes() for path in (lost, cut)}, cut.stat().st_size
    lost.unlink()
    os.truncate(cut, 100)
    shown = shell.run("backup", "backup", "--copy", "--json")
    assert (shown.status, shown.err) == (1, "")
    assert json.loads(shown.out)["problems"] == [
        {
            "path": str(cut.relative_to(data)),
            "problem": f"has 100 bytes in the box instead of {size}; the backup has a good copy",
        },
        {"path": str(lost.relative_to(data)), "problem": "is missing in the box; the backup has a good copy"},
    ]
    verified(dest)
    for path in (lost, cut):
        assert saved(dest, str(path.relative_to(data))).read_bytes() == content[path]


def test_damage_in_box_is_reported_and_rest_saved(shell: Shell, data: Path, dest: Path) -> None:
    lost, rotten, folder = media_of(data, "ready", 0), media_of(data, "ready", 1), media_of(data, "pending_payment")
    lost.unlink()
    rotten.write_bytes(rotten.read_bytes()[:-1] + b"\x00")
    folder.unlink()
    folder.mkdir()
    shown = shell.run("backup", "backup", "--copy")
    assert (shown.status, shown.err) == (1, "")
    reported = {
        line.split()[0]: line.split(maxsplit=1)[1] for line in shown.out.splitlines() if line.startswith("media/")
    }
    assert reported == {
        str(lost.relative_to(data)): "is missing in the box",
        str(rotten.relative_to(data)): "has changed since it was prepared",
        str(folder.relative_to(data)): "cannot be read: Is a directory",
    }
    verified(dest)
    # The row of the lost one stays: the loss must not be hidden.
    assert len(rows(saved(dest, "box.db").parent, "SELECT id FROM asset")) == len(rows(data, "SELECT id FROM asset"))
    # The changed one is saved as it is.
    assert saved(dest, str(rotten.relative_to(data))).read_bytes() == rotten.read_bytes()


def test_damaged_database_is_refused(shell: Shell, data: Path, dest: Path) -> None:
    shell.json("backup", "backup")
    before = tree(dest)
    (page,) = rows(data, "SELECT rootpage FROM sqlite_schema WHERE name = 'asset_newest'")
    with (data / "box.db").open("r+b") as file:
        file.seek((page["rootpage"] - 1) * 4096)
        file.write(b"\xff" * 4096)
    shell.run("backup", "backup").refused("is damaged", "doctor")
    assert tree(dest) == before


# Changes by the server meanwhile.


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Call ``act`` right after the database was copied."""
    real = snapshot.take

    def take(source: Path, target: Path) -> None:
        real(source, target)
        act()

    monkeypatch.setattr(snapshot, "take", take)


@pytest.mark.parametrize("state", ["ready", "pending_payment", "failed", "pending_upload"])
def test_asset_deleted_meanwhile_is_left_out(
    data: Path, dest: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    (row,) = rows(data, "SELECT id FROM asset WHERE state = ? AND type IS NOT NULL ORDER BY seq LIMIT 1", state)
    (path,) = (path for path in data.rglob(f"{row['id']}*") if path.parent.name != "derived")

    def delete() -> None:
        change(data, f"DELETE FROM asset WHERE id = '{row['id']}'")
        path.unlink()

    ledger = rows(data, "SELECT * FROM ledger")
    meanwhile(monkeypatch, delete)
    assert back_up(data, dest).counts.problems == []
    copy = saved(dest, "box.db").parent
    assert rows(copy, "SELECT * FROM asset") == rows(data, "SELECT * FROM asset")
    assert rows(copy, "SELECT * FROM ledger") == ledger
    assert not any(row["id"] in path for path in manifest_of(dest))
    verified(dest)


@pytest.mark.parametrize("is_known", [True, False])
def test_upload_completed_meanwhile_is_found(
    data: Path, dest: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    (row,) = rows(data, "SELECT * FROM asset WHERE state = 'pending_upload' AND type IS NOT NULL")
    incoming = data / "incoming" / row["id"]
    media = data / f"media/projects/{row['project_id']}/{row['id']}.wav"
    content = incoming.read_bytes() + bytes(5000 - incoming.stat().st_size)
    if not is_known:
        change(data, "UPDATE asset SET type = NULL, content_type = NULL, extension = NULL"
                     f" WHERE id = '{row['id']}'")  # fmt: skip

    def finish() -> None:
        incoming.write_bytes(content)
        if is_known:
            incoming.rename(media)

    meanwhile(monkeypatch, finish)
    assert back_up(data, dest).counts.problems == []
    (copied,) = rows(saved(dest, "box.db").parent, "SELECT * FROM asset WHERE id = ?", row["id"])
    if is_known:
        assert saved(dest, f"incoming/{row['id']}").read_bytes() == content
        assert (copied["state"], copied["size_bytes"], copied["expires_at"]) == ("processing", 5000, None)
    else:
        # It all came later, and its type is unknown: the restored box asks for it again.
        assert f"incoming/{row['id']}" not in manifest_of(dest)
        assert copied["state"] == "pending_upload"
    verified(dest)
    nothing_else(dest)


@pytest.mark.parametrize("option", [False, True])
def test_file_moved_before_copying_is_found(
    data: Path, dest: Path, monkeypatch: pytest.MonkeyPatch, option: bool
) -> None:
    (row,) = rows(data, "SELECT * FROM asset WHERE state = 'pending_upload' AND type IS NOT NULL")
    incoming = data / "incoming" / row["id"]
    with incoming.open("ab") as file:
        file.write(bytes(5000 - incoming.stat().st_size))
    change(data, "UPDATE asset SET state = 'processing', size_bytes = 5000, expires_at = NULL"
                 f" WHERE id = '{row['id']}'")  # fmt: skip
    media = data / f"media/projects/{row['project_id']}/{row['id']}.wav"

    def moved(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(source: Path, *arguments: Any, **options: Any) -> Any:
            if source == incoming and incoming.exists():
                incoming.rename(media)
            return real(source, *arguments, **options)

        return call

    monkeypatch.setattr(store, "link_file", moved(copies.link_file))
    monkeypatch.setattr("roughy_box.operations.backup.destination.copy_file", moved(copies.copy_file))
    assert back_up(data, dest, copies=option).counts.problems == []
    assert saved(dest, f"incoming/{row['id']}").read_bytes() == media.read_bytes()
    verified(dest)


def test_upload_growing_during_copy_keeps_its_first_size(
    data: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = rows(data, "SELECT id FROM asset WHERE state = 'pending_upload' AND type IS NOT NULL")
    incoming = data / "incoming" / row["id"]
    incoming.write_bytes(os.urandom(3 * copies.BLOCK))
    content = incoming.read_bytes()
    real, longest = os.readv, 9 * copies.BLOCK

    def readv(descriptor: int, buffers: Any) -> int:
        facts = os.fstat(descriptor)
        if facts.st_ino == incoming.stat().st_ino and facts.st_size < longest:
            with incoming.open("ab") as file:
                file.write(b"x" * copies.BLOCK)
        return real(descriptor, buffers)

    monkeypatch.setattr(os, "readv", readv)
    back_up(data, dest)
    monkeypatch.undo()
    assert saved(dest, f"incoming/{row['id']}").read_bytes() == content
    # It has changed since, so the next run copies it again.
    back_up(data, dest)
    assert saved(dest, f"incoming/{row['id']}").read_bytes() == incoming.read_bytes()


# Interruptions.


def second_state(data: Path) -> None:
    """Make changes of every kind that a run has to handle."""
    change(data, "UPDATE account SET name = 'renamed'")
    gone = media_of(data, "ready", 0)
    change(data, f"DELETE FROM asset WHERE id = '{gone.stem}'")
    gone.unlink()
    with next((data / "incoming").iterdir()).open("ab") as file:
        file.write(b"more")
    # The same name with other bytes: a box never does that, two restores of it might.
    changed = media_of(data, "pending_payment")
    size = changed.stat().st_size
    changed.unlink()
    changed.write_bytes(random.Random(1).randbytes(size))
    new = f"UPDATE asset SET sha256 = '{sha256(changed)}' WHERE id = '{changed.stem}'"
    change(data, "DROP TRIGGER asset_sha256_stays", new)


@pytest.mark.parametrize("option", [False, True])
def test_backup_cut_off_anywhere_leaves_a_complete_state(data: Path, dest: Path, tmp_path: Path, option: bool) -> None:
    first = tmp_path / "first"
    back_up(data, first, copies=option)
    second_state(data)
    for number in count(1):
        shutil.rmtree(dest, ignore_errors=True)
        shutil.copytree(first, dest)
        done = False
        with cut_at(number):
            back_up(data, dest, copies=option)
            done = True
        outcome = verified(dest)
        if done:
            break
        if number % 5 == 0:
            # The next run continues from there.
            assert back_up(data, dest, copies=option).counts.problems == []
            assert verified(dest).state.run == outcome.state.run + 1
            nothing_else(dest)
    assert number > 40
    assert outcome.state.run == 2
    nothing_else(dest)


def test_first_run_cut_off_can_be_repeated(data: Path, dest: Path) -> None:
    for number in count(1):
        with cut_at(number):
            back_up(data, dest, copies=True)
            break
        if (dest / "manifest.json").exists():
            break
    report = back_up(data, dest, copies=True)
    assert report.counts.problems == []
    verified(dest)
    nothing_else(dest)


def test_media_of_run_cut_off_is_not_copied_again(data: Path, dest: Path) -> None:
    with cut_at(10**9) as changes:
        back_up(data, dest, copies=True)
    everything = changes()
    shutil.rmtree(dest)
    with cut_at(everything - 12):
        back_up(data, dest, copies=True)
    assert not (dest / "manifest.json").exists()
    there = {path: path.stat().st_ino for path in dest.rglob("*.wav")}
    assert len(there) == 4
    # The failed asset has no sha256 to compare with.
    assert back_up(data, dest, copies=True).counts.kept == 3
    assert sum(path.stat().st_ino == inode for path, inode in there.items()) == 3
    verified(dest)


def test_manifest_written_after_everything_is_durable(data: Path, dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every copied file and every folder is synced after its last change."""
    changed: dict[int, bool] = {}
    real_sync, real_replace = os.fsync, os.replace
    at_the_end: list[int] = []

    def sync(descriptor: int) -> None:
        changed[os.fstat(descriptor).st_ino] = False
        real_sync(descriptor)

    def replace(source: Path, target: Path) -> None:
        if Path(target).name == "manifest.json":
            at_the_end.extend(inode for inode, is_changed in changed.items() if is_changed)
            at_the_end.extend(
                path.stat().st_ino
                for path in [dest, *dest.rglob("*")]
                if path.stat().st_ino not in changed and not path.name.startswith(".")
            )
        real_replace(source, target)
        changed[Path(target).parent.stat().st_ino] = True

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    back_up(data, dest, copies=True)
    assert at_the_end == []
    assert changed[dest.stat().st_ino] is changed[dest.parent.stat().st_ino] is False


def test_backup_killed_any_time_leaves_a_complete_state(shell: Shell, data: Path, dest: Path) -> None:
    shell.json("backup", "backup")
    began = time.monotonic()
    subprocess.run([*PROGRAM, "backup", "backup"], env=shell.environ, cwd=shell.folder, check=True, capture_output=True)
    duration = time.monotonic() - began
    for _ in range(KILLS):
        with next((data / "incoming").iterdir()).open("ab") as file:
            file.write(b"more")
        process = subprocess.Popen(
            [*PROGRAM, "backup", "backup"],
            env=shell.environ,
            cwd=shell.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Its first half is spent on starting.
        time.sleep(random.uniform(duration / 2, duration))
        process.send_signal(random.choice((signal.SIGKILL, signal.SIGINT, signal.SIGTERM)))
        process.wait()
        verified(dest)
    shell.json("backup", "backup")
    verified(dest)
    nothing_else(dest)
