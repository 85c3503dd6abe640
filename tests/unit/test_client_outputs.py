from __future__ import annotations

import os
from pathlib import Path

import pytest

from roughy_box.client.errors import ClientError
from roughy_box.client.outputs import Outputs, whole_file


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "state" / "outputs.json"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "take.fcpxml"


def test_output_of_the_same_source_is_replaced(record: Path, path: Path) -> None:
    Outputs(record=record).write(path, "take.mp4", b"one")
    Outputs(record=record).write(path, "take.mp4", b"two")
    assert path.read_bytes() == b"two"


def test_output_written_again_stays_the_same_file(record: Path, path: Path) -> None:
    Outputs(record=record).write(path, "take.mp4", b"one")
    before = path.stat().st_ino, path.stat().st_mtime_ns
    Outputs(record=record).write(path, "take.mp4", b"one")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    "case", ["foreign", "edited", "other source", "link", "folder", "record lost", "record broken"]
)
def test_output_of_others_is_refused_unless_forced(record: Path, path: Path, case: str) -> None:
    if case == "foreign":
        path.write_bytes(b"mine")
    elif case == "link":
        path.symlink_to(record)
    elif case == "folder":
        path.mkdir()
    else:
        Outputs(record=record).write(path, "take.wav" if case == "other source" else "take.mp4", b"one")
    if case == "edited":
        path.write_bytes(b"edited")
    elif case == "record lost":
        record.unlink()
    elif case == "record broken":
        record.write_text(record.read_text().replace("made", "x"))
    with pytest.raises(ClientError, match="--force replaces it") as refused:
        Outputs(record=record).write(path, "take.mp4", b"two")
    assert refused.value.code == "file_exists"
    if case != "folder":
        Outputs(force=True, record=record).write(path, "take.mp4", b"two")
        assert path.read_bytes() == b"two"
        assert not path.is_symlink()


def test_output_lost_record_is_made_good_by_same_content(record: Path, path: Path) -> None:
    path.write_bytes(b"one")
    Outputs(record=record).write(path, "take.mp4", b"one")
    Outputs(record=record).write(path, "take.mp4", b"two")
    assert path.read_bytes() == b"two"


@pytest.mark.parametrize("was_replaced", [True, False])
def test_output_killed_around_replacing_stays_its_own(
    record: Path, path: Path, monkeypatch: pytest.MonkeyPatch, was_replaced: bool
) -> None:
    """The record is written just before the file is replaced, and holds for the old one and the new one."""
    Outputs(record=record).write(path, "take.mp4", b"one")
    replace = os.replace

    def killed(source: str, target: Path) -> None:
        if target == path:
            if was_replaced:
                replace(source, target)
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        Outputs(record=record).write(path, "take.mp4", b"two")
    monkeypatch.undo()
    assert path.read_bytes() == (b"two" if was_replaced else b"one")
    Outputs(record=record).write(path, "take.mp4", b"three")
    assert path.read_bytes() == b"three"


def test_whole_file_failed_leaves_nothing(path: Path) -> None:
    def fail() -> None:
        with whole_file(path) as file:
            file.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(ClientError, match=r"take\.fcpxml: cannot be written: No space left"):
        fail()
    assert list(path.parent.iterdir()) == []


def test_whole_file_never_follows_a_planted_link(path: Path) -> None:
    victim = path.with_name("victim")
    victim.write_bytes(b"precious")
    path.with_name(f".{path.name}.part").symlink_to(victim)
    with pytest.raises(ClientError, match="cannot be written"), whole_file(path):
        pass
    assert victim.read_bytes() == b"precious"
