"""Syncing and allocating where the system has other calls for it than Linux, and files made by root."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from roughy_box.base import files
from roughy_box.storage.ballast import Ballast
from roughy_box.storage.blobs import Blobs

FULL = 51  # F_FULLFSYNC of macOS


@pytest.fixture
def macos(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Take away what macOS lacks, add what it has; return the names of the calls made."""
    calls: list[str] = []
    monkeypatch.delattr(os, "fdatasync")
    monkeypatch.delattr(os, "posix_fallocate")
    monkeypatch.setattr(files, "_sync_file_range", None)
    monkeypatch.setattr(files, "_fallocate", None)
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", FULL, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda _descriptor, command: calls.append(f"fcntl {command}"))
    monkeypatch.setattr(os, "fsync", lambda _descriptor: calls.append("fsync"))
    return calls


@pytest.mark.parametrize("sync", [files.sync, files.sync_data])
def test_sync_macos_empties_cache_of_disk(macos, sync, tmp_path):
    with (tmp_path / "a").open("wb") as file:
        sync(file.fileno())
    assert macos == [f"fcntl {FULL}"]


def test_sync_file_system_without_full_sync_falls_back(macos, monkeypatch, tmp_path):
    def refuse(_descriptor: int, _command: int) -> None:
        raise OSError(errno.ENOTSUP, "not supported")

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    files.sync_folder(tmp_path)
    assert macos == ["fsync"]


def test_sync_failure_never_hidden(macos, monkeypatch, tmp_path):
    def fail(_descriptor: int, _command: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(fcntl, "fcntl", fail)
    with pytest.raises(OSError, match="input/output"):
        files.sync_folder(tmp_path)
    assert macos == []


def test_sync_data_linux_fdatasync(monkeypatch):
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append, raising=False)
    files.sync_data(7)
    assert synced == [7]


def test_upload_file_macos_written_and_synced(macos, tmp_path):
    (tmp_path / "incoming").mkdir()
    file = Blobs(tmp_path).open_incoming("x")
    file.expect_end(8 * 1024**2)
    file.write(0, memoryview(bytes(5 * 1024**2)))
    file.sync()
    assert file.size() == 5 * 1024**2
    file.close()
    assert macos == [f"fcntl {FULL}"] * 2  # its name, its data


def test_ballast_macos_takes_its_space(macos, tmp_path):
    Ballast(tmp_path, 8 * 1024**2).load()
    status = (tmp_path / "ballast").stat()
    assert status.st_size == 2 * 1024**2
    assert status.st_blocks * 512 >= status.st_size


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of others")
def test_private_file_of_root_owner_of_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, 1234, 1235)
    files.write_private(folder / "secret", b"x")
    status = (folder / "secret").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 1235, 0o600)
