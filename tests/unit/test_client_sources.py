from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest

from roughy_box.client.errors import ClientError
from roughy_box.client.sources import find_sources, read_script, script_beside

ASSET = "0193e9a4-0000-7000-8000-000000000001"


def test_sources_of_a_folder_are_its_recordings(tmp_path: Path) -> None:
    names = ["b.MOV", "a.wav", "a.txt", "a.fcpxml", ".hidden.wav", "a.cut.mp4", "notes.pdf", "d.mxf"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "c.wav").mkdir()
    found = find_sources([str(tmp_path)])
    assert [source.path and source.path.name for source in found] == ["a.wav", "b.MOV", "d.mxf"]


def test_sources_named_twice_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.wav").touch()
    found = find_sources(["a.wav", ".", f"{tmp_path}/a.wav", ASSET, ASSET.upper(), "missing.wav"])
    assert [source.given for source in found] == ["a.wav", ASSET, "missing.wav"]
    assert [source.asset_id for source in found] == [None, ASSET, None]


def test_source_file_with_the_name_of_an_id_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(ASSET).touch()
    assert find_sources([ASSET])[0].path == Path(ASSET)


@pytest.mark.parametrize("name", ["take.txt", "take.TXT", None, "take.mp4.txt"])
def test_script_beside_has_the_stem_of_the_recording(tmp_path: Path, name: str | None) -> None:
    if name:
        (tmp_path / name).touch()
    found = script_beside(tmp_path / "take.mp4")
    assert (found and found.name) == (name if name != "take.mp4.txt" else None)


@pytest.mark.parametrize(
    "content",
    [
        "Grüße".encode(),
        codecs.BOM_UTF8 + "Grüße".encode(),
        codecs.BOM_UTF16_LE + "Grüße".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "Grüße".encode("utf-16-be"),
    ],
)
def test_script_is_read_in_the_encodings_of_editors(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    assert read_script(tmp_path / "a.txt") == "Grüße"


@pytest.mark.parametrize(
    "content", ["Grüße".encode("latin-1"), codecs.BOM_UTF16_LE + b"a", b"x" * (4 * 1024**2 + 1), None]
)
def test_script_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ClientError, match=rf"^{path}: ") as refused:
        read_script(path)
    assert refused.value.code == "file"


def test_script_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "take.txt")
    assert script_beside(tmp_path / "take.mp4") is None
