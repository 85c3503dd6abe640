from __future__ import annotations

import errno
import io
import json
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from roughy_box.client import files
from roughy_box.client.errors import ClientError
from roughy_box.client.files import FileChangedError, SourceFile, UploadState
from roughy_box.client.state import StateFile, state_path


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(bytes(range(256)) * 10)
    with SourceFile(path) as file:
        yield file


@pytest.fixture
def state_file(tmp_path):
    return tmp_path / "state" / "uploads.json"


def test_blocks_match_requested_bytes(source, monkeypatch):
    monkeypatch.setattr(files, "BLOCK", 100)
    blocks = list(source.blocks(7, 300))
    assert [len(block) for block in blocks] == [100, 100, 93]
    assert b"".join(blocks) == source.path.read_bytes()[7:300]
    assert list(source.blocks(300, 300)) == []


def test_blocks_of_changed_file_raise(source, monkeypatch):
    monkeypatch.setattr(files, "BLOCK", 100)
    blocks = source.blocks(0, 300)
    next(blocks)
    os.utime(source.path, (1, 1))
    with pytest.raises(FileChangedError, match="changed while it was being sent"):
        next(blocks)


def test_source_without_permission_is_named(tmp_path, monkeypatch):
    path = tmp_path / "secret.mp4"
    path.write_bytes(b"x" * 64)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ClientError, match=rf"^{re.escape(str(path))}: cannot be read: Permission denied\.$"):
        SourceFile(path)


def test_source_read_error_is_named(source, monkeypatch):
    class FailingFile(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(source, "_file", FailingFile())
    with pytest.raises(ClientError, match=rf"^{re.escape(str(source.path))}: cannot be read: Input/output error\.$"):
        next(source.blocks(0, 64))


def test_state_file_is_private_and_complete(source, state_file):
    UploadState(state_file).remember("http://one", source, "1")
    assert stat.S_IMODE(state_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(state_file.parent.stat().st_mode) == 0o700
    assert list(state_file.parent.iterdir()) == [state_file]
    assert json.loads(state_file.read_text()) == {
        json.dumps(["http://one", str(source.path), source.size, source.mtime_ns]): "1"
    }


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b'{"a": 7}', b"\xff", b"[" * 100_000])
def test_state_file_broken_is_replaced(source, state_file, content):
    state_file.parent.mkdir()
    state_file.write_bytes(content)
    state = UploadState(state_file)
    state.forget("http://one", source)
    assert state.recall("http://one", source) is None
    state.remember("http://one", source, "1")
    assert state.recall("http://one", source) == "1"


def test_state_entry_of_wrong_type_ignored(source, state_file):
    UploadState(state_file).remember("http://one", source, "1")
    state_file.write_text(state_file.read_text().replace('"1"', "1"))
    assert UploadState(state_file).recall("http://one", source) is None


def test_state_write_failed_leaves_no_files(source, state_file):
    state_file.mkdir(parents=True)
    UploadState(state_file).remember("http://one", source, "1")
    assert list(state_file.parent.iterdir()) == [state_file]


def test_state_keeps_uploads_apart(source, state_file):
    state = UploadState(state_file)
    other = source.path.with_name("b.mp4")
    other.write_bytes(b"x" * 64)
    with SourceFile(other) as b:
        state.remember("http://one", source, "1")
        state.remember("http://two", source, "2")
        state.remember("http://one", b, "3")
        state.forget("http://one", source)
        found = [state.recall(url, file) for url in ("http://one", "http://two") for file in (source, b)]
    assert found == [None, "3", "2", None]


def test_state_path_follows_xdg(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert state_path("uploads.json", {"XDG_STATE_HOME": "/var/state"}) == Path("/var/state/roughy-box/uploads.json")
    for environ in ({}, {"XDG_STATE_HOME": ""}, {"XDG_STATE_HOME": "relative"}):
        assert state_path("uploads.json", environ) == Path("/home/me/.local/state/roughy-box/uploads.json")


def test_state_changed_by_many_at_once_loses_nothing(state_file):
    numbers = [str(number) for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: StateFile(state_file).put(number, number), numbers))
    assert {number: StateFile(state_file).get(number) for number in numbers} == {each: each for each in numbers}
