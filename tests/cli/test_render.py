"""``render``: a recording, an asset or a cut in, a finished file out, interruptions included."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from tests.api import talks
from tests.api.films import film
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, serving

UNKNOWN = "0193e9a4-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
def render_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    with serving(tmp_path_factory.mktemp("render")) as box:
        yield box


@pytest.fixture
def desk(render_box: LiveBox, shell: Shell) -> Shell:
    """A machine that knows only the address of the box and a key, with a film on it."""
    shell.environ |= {"ROUGHY_BOX_CLIENT_URL": render_box.url, "ROUGHY_BOX_CLIENT_KEY": render_box.key}
    (shell.folder / "take.mkv").write_bytes(film())
    return shell


def pictures(path: Path) -> int:
    with av.open(io.BytesIO(path.read_bytes())) as file:
        return sum(1 for _ in file.decode(video=0))


def totals(box: LiveBox) -> tuple[int, int]:
    """The numbers of assets and renders."""
    with box.client() as client:
        assets, renders = (client.get(f"/v1/{name}").json()["total"] for name in ("assets", "renders"))
    return assets, renders


def test_recording_rendered_beside_once(desk: Shell, render_box: LiveBox) -> None:
    made = desk.json("render", "take.mkv", "--format", "mov", "--frame-rate", "5")
    path = desk.folder / "take.cut.mov"
    assert (made["file"], made["cut_id"], made["duration_seconds"]) == (str(path), None, "2.000")
    assert path.stat().st_size == made["size_bytes"]
    assert pictures(path) == 10
    before = totals(render_box)
    assert desk.json("render", "take.mkv", "--format", "mov", "--frame-rate", "5") == made
    assert totals(render_box) == before
    assert {each.name for each in desk.folder.iterdir() if each.is_file()} == {"take.mkv", "take.cut.mov"}


def test_cut_of_asset_saved_where_wanted(desk: Shell, render_box: LiveBox) -> None:
    api = Api(render_box)
    asset = api.upload(film(), name="Scene 1.mkv")["id"]
    cut = talks.post(api, asset, segments=[{"start": 0.2, "end": 0.6}])["id"]
    made = desk.json("render", asset, "--cut", cut, "--output", "episode.mp4")
    assert (made["asset_id"], made["cut_id"], made["duration_seconds"]) == (asset, cut, "0.400")
    assert pictures(desk.folder / "episode.mp4") == 10
    named = desk.json("render", asset, "--cut", cut, "--format", "mp3")
    assert named["file"] == str(desk.folder / "Scene 1.cut.mp3")
    shown = desk.run("render", asset, "--cut", cut, "--format", "mp3")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith("Saved Scene 1.cut.mp3: 0:00, ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("take.mkv", "--format", "mp3", "--resolution", "720p"), ("--resolution", "mp3")),
        (("take.mkv", "--video-bitrate", "7"), ("--video-bitrate", "5, 10, 20, 50")),
        (("take.mkv", "--frame-rate", "29.97"), ("--frame-rate", "30000/1001")),
        (("take.mkv", "--cut", UNKNOWN), ("no such cut",)),
        ((UNKNOWN,), ("no such asset",)),
        (("missing.mkv",), ("missing.mkv",)),
        ((".",), ("is a folder",)),
        (("take.mkv", "--output", "take.mkv"), ("take.mkv", "the source itself")),
        (("take.mkv", "--output", "take.mkv", "--force"), ("take.mkv", "the source itself")),
        (("take.mkv", "--output", "-"), ("--output",)),
        (("take.mkv", "--cut", "first"), ("--cut", "UUID")),
    ],
)
def test_wrong_render_refused(desk: Shell, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    desk.run("render", *arguments).refused(*words)
    assert (desk.folder / "take.mkv").read_bytes() == film()
    assert {each.name for each in desk.folder.iterdir() if each.is_file()} == {"take.mkv"}


def test_format_and_sentence_go_by_file_name(desk: Shell) -> None:
    shown = desk.run("render", "take.mkv", "--output", "a\nb.MP3")
    assert shown.out.startswith("Saved a?b.MP3: 0:02, ")
    with av.open(str(desk.folder / "a\nb.MP3")) as file:
        assert file.format.name == "mp3"


def test_foreign_file_kept_unless_forced(desk: Shell) -> None:
    other = desk.folder / "take.cut.mp3"
    other.write_text("mine")
    desk.run("render", "take.mkv", "--format", "mp3").refused("take.cut.mp3", "--force")
    assert other.read_text() == "mine"
    made = desk.json("render", "take.mkv", "--format", "mp3", "--force")
    assert other.stat().st_size == made["size_bytes"]
