"""The SHA-256 of prepared assets: computed in the background without delaying anything."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from roughy_box.base.progress import Progress
from roughy_box.services.checksums import pause_after, sha256_of
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

HUGE = 50 * 1024**3  # a sparse file: nothing to store, minutes to read


def digest_of(box: LiveBox, asset_id: str) -> str | None:
    """Return the digest in the row."""
    with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30)) as connection:
        found = connection.execute("SELECT sha256 FROM asset WHERE id = ?", (asset_id,)).fetchone()
        return None if found is None else found[0]


def forget(box: LiveBox, change: str = "sha256 = NULL") -> None:
    """Make the assets of a stopped box those of a version without digests."""
    with closing(sqlite3.connect(box.data_dir / "box.db", isolation_level=None)) as connection:
        (trigger,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'asset_sha256_stays'").fetchone()
        connection.execute("DROP TRIGGER asset_sha256_stays")
        connection.execute(f"UPDATE asset SET {change}")
        connection.execute(trigger)


def file_of(box: LiveBox, asset_id: str) -> Path:
    (path,) = (box.data_dir / "media").rglob(f"{asset_id}.*")
    return path


def is_being_read(box: LiveBox, path: Path) -> bool:
    """Return whether the server has the file open."""
    assert box.process
    found = []
    for descriptor in Path(f"/proc/{box.process.pid}/fd").iterdir():
        try:
            found.append(os.readlink(descriptor))
        except OSError:
            continue  # closed while we looked
    return any(target.removesuffix(" (deleted)") == str(path) for target in found)


@pytest.fixture
def box(fresh_box: Callable[..., LiveBox]) -> LiveBox:
    return fresh_box()


def test_prepared_assets_get_their_sha256(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box(credits=2)
    api = Api(box)
    contents = {api.upload(content)["id"]: content for content in (wav(1), wav(70))}
    assert [api.get(asset_id)["state"] for asset_id in contents] == ["ready", "pending_payment"]
    for asset_id, content in contents.items():
        assert wait_until(lambda: digest_of(box, asset_id)) == hashlib.sha256(content).hexdigest()  # noqa: B023
    # An unpaid asset keeps it when it becomes ready.
    box.cli("topup", "9")
    assert digest_of(box, next(reversed(contents))) == hashlib.sha256(wav(70)).hexdigest()


def test_older_assets_get_digests_and_unreadable_log_once(box: LiveBox) -> None:
    api = Api(box)
    ids = [api.upload(wav(seconds))["id"] for seconds in (1, 2, 3)]
    box.stop()
    forget(box)
    lost, cut, well = ids
    file_of(box, lost).unlink()
    os.truncate(file_of(box, cut), 1000)
    box.start()
    assert wait_until(lambda: digest_of(box, well)) == hashlib.sha256(wav(3)).hexdigest()
    # The next one is read in a later round, which skips the bad ones silently.
    later = Api(box).upload(wav(4))["id"]
    assert wait_until(lambda: digest_of(box, later)) == hashlib.sha256(wav(4)).hexdigest()
    logged = [line.split("warning")[1].strip() for line in box.log().splitlines() if "checksum" in line]
    assert [line.split(": ")[0] for line in logged] == [
        f"checksum of asset {asset_id} failed and is tried again in 60 s" for asset_id in (lost, cut)
    ]
    assert "No such file or directory" in logged[0]
    assert f"1000 of its {len(wav(2))} bytes are there" in logged[1]
    assert digest_of(box, lost) is digest_of(box, cut) is None


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at open files in /proc")
def test_long_read_delays_neither_stop_nor_delete(box: LiveBox) -> None:
    asset_id = Api(box).upload(wav(1))["id"]
    path = file_of(box, asset_id)
    box.stop()
    os.truncate(path, HUGE)
    # A hard link, as a backup makes it, must not keep the reader busy.
    os.link(path, box.folder / "linked")
    forget(box, f"sha256 = NULL, declared_size = {HUGE}, size_bytes = {HUGE}")
    box.start()
    wait_until(lambda: is_being_read(box, path))
    began = time.monotonic()
    assert box.stop() == 0
    # Reading on would take half a minute, and minutes on a slow disk.
    assert time.monotonic() - began < 15
    assert digest_of(box, asset_id) is None

    box.start()
    wait_until(lambda: is_being_read(box, path))
    api = Api(box)
    assert api.http.delete(f"/v1/assets/{asset_id}").status_code == 204
    wait_until(lambda: not is_being_read(box, path), patience=10)
    after = api.upload(wav(1))["id"]
    assert wait_until(lambda: digest_of(box, after))
    assert "checksum" not in box.log()


def test_busy_box_still_computes_digests(api: Api, shared_box: LiveBox) -> None:
    content = wav(10)
    _, url = api.asset(len(content))
    is_enough = threading.Event()

    def endless() -> Iterator[bytes]:
        yield content[:1000]
        is_enough.wait(60)
        yield content[1000:]

    sender = threading.Thread(target=api.patch, args=(url, 0, endless()), daemon=True)
    sender.start()
    try:
        other = Api(shared_box)
        wait_until(lambda: other.offset(url) == 1000)
        asset_id = other.upload(wav(2))["id"]
        assert wait_until(lambda: digest_of(shared_box, asset_id))
        assert other.offset(url) == 1000
    finally:
        is_enough.set()
        sender.join()


@pytest.mark.parametrize(("seconds", "pause"), [(0.001, 0.009), (0.02, 0.18), (5.0, 0.5)])
def test_reading_takes_a_tenth_of_time_during_uploads(seconds: float, pause: float) -> None:
    assert pause_after(seconds, beside_uploads=True) == pytest.approx(pause)
    assert pause_after(seconds, beside_uploads=False) == 0


class _Noting(Progress):
    """Notes the size of each piece, and ends the reading after ``most``."""

    def __init__(self, sizes: list[int], most: int | None = None) -> None:
        self._sizes = sizes
        self._most = most

    def advance(self, count: int) -> None:
        self._sizes.append(count)
        if len(self._sizes) == self._most:
            raise InterruptedError


@pytest.mark.parametrize("size", [0, 1, 1024**2, 3 * 1024**2 + 17])
def test_file_is_hashed_in_pieces(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    path = tmp_path / "file"
    path.write_bytes(content)
    heard: list[int] = []
    assert sha256_of(path, _Noting(heard)) == hashlib.sha256(content).hexdigest()
    assert sum(heard) == size
    assert all(0 < count <= 1024**2 for count in heard)


def test_listener_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(5 * 1024**2))
    heard: list[int] = []
    with pytest.raises(InterruptedError):
        sha256_of(path, _Noting(heard, most=2))
    assert len(heard) == 2
