"""``export``: a cut as a file, from a machine that knows only the address of the box and a key."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from roughy_box.client.cuts import _name
from roughy_box.domain.export_formats import CAPTIONS, TIMELINES
from roughy_box.exports import formats, subtitles
from tests.api.talks import post
from tests.cli.shell import Shell
from tests.harness import PROGRAM, Api, LiveBox, serving
from tests.media_bytes import wav

UNKNOWN = "0193e9a4-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def export_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    with serving(tmp_path_factory.mktemp("export")) as box:
        yield box


@pytest.fixture(scope="module")
def cut(export_box: LiveBox) -> str:
    """A cut by hand of a sound file, which has no words; it drops a span."""
    api = Api(export_box)
    with api.http:
        asset = api.upload(wav(4), api.project("Küche & Bad"), "Interview 1.wav")["id"]
        return str(post(api, asset, segments=[{"start": 0.5, "end": 1.5}, {"start": 2, "end": 4}])["id"])


@pytest.fixture
def desk(export_box: LiveBox, shell: Shell) -> Shell:
    shell.environ |= {"ROUGHY_BOX_CLIENT_URL": export_box.url, "ROUGHY_BOX_CLIENT_KEY": export_box.key}
    return shell


def sent(box: LiveBox, cut: str, **query: str) -> bytes:
    """Return the export as the API sends it."""
    with box.client() as client:
        return client.get(f"/v1/cuts/{cut}/export", params=query).content


def test_format_names_are_those_with_writers() -> None:
    assert tuple(formats.FORMATS) == TIMELINES
    assert tuple(subtitles.CAPTIONS) == CAPTIONS


@pytest.mark.parametrize("name", TIMELINES)
def test_export_saves_file_of_the_api(desk: Shell, export_box: LiveBox, cut: str, name: str) -> None:
    saved = desk.json("export", cut, "--format", name)
    path = desk.folder / f"Küche & Bad - Interview 1.{formats.FORMATS[name].extension}"
    content = sent(export_box, cut, format=name)
    assert saved == {"file": str(path), "size_bytes": len(content)}
    assert path.read_bytes() == content
    assert [each.name for each in desk.folder.iterdir() if each.is_file()] == [path.name]


def test_export_options_reach_the_file(desk: Shell, cut: str) -> None:
    options = ["--media", "/Volumes/Fußage", "--name", "Rough <1>", "--dropped", "disabled"]
    desk.json("export", cut, *options, "--output", "a.fcpxml")
    document = ElementTree.fromstring((desk.folder / "a.fcpxml").read_bytes())
    assert [media.get("src") for media in document.iter("media-rep")] == [
        "file:///Volumes/Fu%C3%9Fage/Interview%201.wav"
    ]
    assert [project.get("name") for project in document.iter("project")] == ["Rough <1>"]
    assert [clip.get("enabled", "1") for clip in document.iter("asset-clip")] == ["0", "1", "0", "1"]


def test_export_of_output_dash_is_the_file_alone(desk: Shell, export_box: LiveBox, cut: str) -> None:
    done = subprocess.run(
        [*PROGRAM, "export", cut, "--format", "json", "--output", "-"],
        env=desk.environ,
        cwd=desk.folder,
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == sent(export_box, cut)
    assert json.loads(done.stdout)["cut_id"] == cut


def test_export_never_replaces_file_unasked(desk: Shell, cut: str) -> None:
    (desk.folder / "mine.edl").write_text("Mine.")
    (desk.folder / "link.edl").symlink_to("mine.edl")
    for name in ("mine.edl", "link.edl"):
        arguments = ["export", cut, "--format", "edl", "--output", name]
        desk.run(*arguments).refused(f"{name} exists.", "--force")
        assert (desk.folder / "mine.edl").read_text() == "Mine."
    desk.json(*arguments, "--force")  # replaces the link, not the file that it leads to
    assert (desk.folder / "mine.edl").read_text() == "Mine."
    assert (desk.folder / "link.edl").read_text().startswith("TITLE: ")


@pytest.mark.parametrize("options", [[], ["--force"]])
def test_export_never_replaces_pipe(desk: Shell, cut: str, options: list[str]) -> None:
    os.mkfifo(desk.folder / "pipe")
    desk.run("export", cut, "--output", "pipe", *options).refused("pipe: is not a file.")
    assert (desk.folder / "pipe").is_fifo()


def test_export_into_folder_has_the_name_of_the_box(desk: Shell, cut: str) -> None:
    (desk.folder / "cuts").mkdir()
    saved = Path(desk.json("export", cut, "--output", "cuts")["file"])
    assert saved == desk.folder / "cuts" / "Küche & Bad - Interview 1.fcpxml"
    assert saved.stat().st_mode & 0o133 == 0  # written by the user alone
    assert saved.stat().st_mode & 0o600 == 0o600


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--media", "a\nb"], ["--media: A path has no control characters."]),
        (["--media", "Fu\udcdfage"], ["'--media': This is not text in UTF-8."]),
        (["--name", "\udcff"], ["'--name': This is not text in UTF-8."]),
        (["--url", "http://\udcff"], ["'--url': This is not text in UTF-8."]),
        (["--media", "x" * 4097], ["--media: ", "4096"]),
        (["--media", "https://nas/a"], ["--media: Send a path"]),
        (["--name", "a\tb"], ["--name: A name has no control characters."]),
        (["--name", "x" * 256], ["--name: ", "255"]),
        (["--format", "edl", "--dropped", "disabled"], ["--dropped: Only fcpxml, fcp7xml, otio, mlt can"]),
        (["--format", "avid"], ["'--format'", "'fcpxml'"]),
        (["--format", "srt", "--media", "/a"], ["--media is for timelines"]),
        (["--timeline", "cut"], ["--timeline is for captions (srt, vtt, txt, json)"]),
        (["--format", "json", "--timeline", "source"], ["no words", "automatic cut"]),
        (["--format", "vtt"], ["no words"]),
        (["--output", "missing/a.fcpxml"], ["missing/a.fcpxml: cannot be written: No such file or directory."]),
        (["--output", "missing/"], ["missing/Küche", "No such file or directory."]),
        (["--output", "-", "--json"], ["--json", "--output -"]),
    ],
)
def test_export_refused_names_the_option(desk: Shell, cut: str, arguments: list[str], words: list[str]) -> None:
    line = desk.run("export", cut, *arguments).refused(*words)
    assert "query." not in line
    assert [each for each in desk.folder.iterdir() if each.is_file()] == []


@pytest.mark.parametrize("cut_id", ["1", "../assets", f"{UNKNOWN}/export?x="])
def test_export_of_no_id_is_refused(desk: Shell, cut_id: str) -> None:
    desk.run("export", cut_id).refused("is not the id of a cut")


def test_export_of_unknown_cut_is_refused(desk: Shell) -> None:
    desk.run("export", UNKNOWN).refused("There is no such cut.")


@pytest.mark.parametrize("name", ["../../x", "/etc/x", ".bashrc", "a\x1b[31m", "con", "", "x" * 900])
def test_export_name_of_hostile_server_is_harmless(name: str) -> None:
    made = _name(f"attachment; filename*=UTF-8''{quote(name, safe='')}", "xml")
    assert made == Path(made).name
    assert made.isprintable()
    assert made.endswith(".xml")
    assert not made.startswith(".")
    assert len(made.encode()) <= 200
