"""``cut``: a folder of recordings in, timelines next to them out, interruptions included."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.api.talks import LINES, SCRIPT, talk
from tests.cli.shell import Shell
from tests.harness import PROGRAM, Api, LiveBox, serving, wait_until
from tests.media_bytes import wav
from tests.tools import needs

pytestmark = needs("espeak-ng")
README = Path(__file__).parents[2] / "README.md"
SLOWLY = 120.0  # seconds: recognizers share the machine with other tests
WELCOME = LINES[0]
CUT = ("cut", "--language", "de")  # which nothing listens to here, so that a cut takes a moment


@pytest.fixture(scope="module")
def cut_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    with serving(tmp_path_factory.mktemp("cut")) as box:
        yield box


@pytest.fixture
def editor(cut_box: LiveBox, shell: Shell) -> Shell:
    """An editor's machine, which knows only the address of the box and a key."""
    return at(cut_box, shell)


def at(box: LiveBox, shell: Shell) -> Shell:
    shell.environ |= {"ROUGHY_BOX_CLIENT_URL": box.url, "ROUGHY_BOX_CLIENT_KEY": box.key}
    return shell


@pytest.fixture
def take(shell: Shell) -> Path:
    path = shell.folder / "take.wav"
    path.write_bytes(talk(WELCOME, "Today.", pause=1))
    return path


def rows(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(Path(row["source"]).name, row["state"]) for row in document["items"]]


def failed(editor: Shell, *arguments: str) -> dict[str, Any]:
    """Run a command that fails for some source and return its document."""
    outcome = editor.run(*CUT, *arguments, "--json")
    assert (outcome.status, outcome.err) == (1, "")
    return dict(json.loads(outcome.out))


def totals(box: LiveBox) -> tuple[int, int, int]:
    """The numbers of assets and cuts, and the balance."""
    api = Api(box)
    with api.http:
        assets, cuts = (api.http.get(f"/v1/{kind}").json()["total"] for kind in ("assets", "cuts"))
        return assets, cuts, api.balance()


def versions(folder: Path) -> dict[str, tuple[int, int]]:
    """Tell apart the files of a folder from any that replace them."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}


class Terminal:
    """A run of the program in a terminal."""

    def __init__(self, shell: Shell, *arguments: str) -> None:
        self._end, other = pty.openpty()
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments], env=shell.environ, cwd=shell.folder, stdin=other, stdout=other, stderr=other
        )
        os.close(other)

    def shown(self) -> str:
        """Return everything shown until the program has ended."""
        shown = b""
        with suppress(OSError):  # the end of a terminal
            while data := os.read(self._end, 65536):
                shown += data
        os.close(self._end)
        self.process.wait(SLOWLY)
        return shown.decode().replace("\r\n", "\n")


def test_cut_killed_and_run_again_does_nothing_twice(fresh_box: Any, shell: Shell) -> None:
    box = fresh_box(credits=10)
    editor, rushes = at(box, shell), shell.folder / "rushes"
    rushes.mkdir()
    for name, lines, script in (("take 1", LINES, SCRIPT), ("take 2", [WELCOME], WELCOME)):
        (rushes / f"{name}.wav").write_bytes(talk(*lines))
        (rushes / f"{name}.txt").write_text(script)
    command = ["cut", "rushes", "--export", "fcpxml", "--export", "srt"]
    record = editor.folder / "state" / "roughy-box" / "uploads.json"
    first = Terminal(editor, *command)
    wait_until(lambda: record.exists() and len(json.loads(record.read_text())) == 2, SLOWLY)
    first.process.send_signal(signal.SIGKILL)
    assert "take 1.wav" in first.shown()
    assert not list(rushes.glob("*.srt")), "killed too late to prove anything"

    second = Terminal(editor, *command)
    shown = second.shown()
    assert second.process.returncode == 0, shown
    table = [line for line in shown.splitlines() if re.match(r"take \d.wav +completed", line)]
    assert [line.split()[:3] for line in table] == [["take", "1.wav", "completed"], ["take", "2.wav", "completed"]]
    assert all(re.search(r"  0:(0[2-6])  ", line) for line in table)  # the time that is left
    assert "pause 4, false start 1" in table[0]
    assert "take 1.fcpxml, take 1.srt" in table[0]
    assert "recognizing" in shown  # the stage, after the bar
    assert totals(box) == (2, 2, 8)
    names = sorted(path.name for path in rushes.iterdir())
    assert names == sorted(f"take {number}.{end}" for number in "12" for end in ("wav", "txt", "fcpxml", "srt"))
    assert WELCOME in (rushes / "take 2.srt").read_text()

    before = versions(rushes)
    document = editor.json(*command)
    assert rows(document) == [("take 1.wav", "completed"), ("take 2.wav", "completed")]
    assert versions(rushes) == before
    assert totals(box) == (2, 2, 8)


def test_cut_of_file_as_json(editor: Shell, take: Path, cut_box: LiveBox) -> None:
    (row,) = editor.json(*CUT, "take.wav", "--export", "json", "--max-pause", "0.3", "--keep-fillers")["items"]
    path = editor.folder / "take.json"
    plan = json.loads(path.read_text())
    assert {name: row[name] for name in ("source", "state", "errors", "script", "files")} == {
        "source": "take.wav",
        "state": "completed",
        "errors": [],
        "script": None,
        "files": [str(path)],
    }
    assert (row["cut_id"], row["asset_id"]) == (plan["cut_id"], plan["asset_id"])
    assert (row["segments"], row["dropped"]) == (len(plan["segments"]), {"pause": 3})
    assert [each["code"] for each in row["warnings"]] == ["no_recognizer"]
    with cut_box.client() as client:
        options = client.get(f"/v1/cuts/{row['cut_id']}").json()["options"]
    assert options == {
        **{"retakes": "remove", "fillers": "keep", "off_script": "remove"},
        **{"max_pause": 0.3, "pad_before": 0.08, "pad_after": 0.12},
    }


def media_of(timeline: Path) -> list[str | None]:
    return [media.get("src") for media in ElementTree.parse(timeline).iter("media-rep")]


def test_cut_names_the_source_where_the_editor_has_it(editor: Shell, take: Path) -> None:
    editor.json(*CUT, "take.wav")
    assert media_of(editor.folder / "take.fcpxml") == [take.as_uri()]
    editor.json(*CUT, "take.wav", "--output", "new/cuts", "--media", "D:\\Footage")
    assert media_of(editor.folder / "new" / "cuts" / "take.fcpxml") == ["file:///D:/Footage/take.wav"]


def test_cut_of_asset_writes_to_working_folder(editor: Shell, take: Path, cut_box: LiveBox) -> None:
    api = Api(cut_box)
    with api.http:
        wish = {
            "project_id": api.project(),
            "size_bytes": take.stat().st_size,
            "language": "de",
            "name": "Übung: 1.wav",
        }
        created = api.http.post("/v1/assets", json=wish)
        api.patch(created.headers["Location"], 0, take.read_bytes())
        asset = str(created.json()["id"])
    (row,) = editor.json(*CUT, asset.upper())["items"]
    assert (row["asset_id"], row["files"]) == (asset, [str(editor.folder / "Übung_ 1.fcpxml")])
    (media,) = media_of(editor.folder / "Übung_ 1.fcpxml")
    assert media
    assert str(cut_box.data_dir.resolve()) in media


def test_cut_never_replaces_a_file_of_others(editor: Shell, take: Path) -> None:
    mine = editor.folder / "take.fcpxml"
    mine.write_text("Mine.")
    (row,) = failed(editor, "take.wav", "--export", "fcpxml", "--export", "edl")["items"]
    assert mine.read_text() == "Mine."
    assert "--force replaces it" in row["errors"][0]
    assert row["files"] == [str(editor.folder / "take.edl")]  # the other format is written
    editor.json(*CUT, "take.wav", "--force")
    assert mine.read_text() != "Mine."
    # Its own file is replaced when the cut is another one, but not once it was edited.
    before = mine.read_text()
    editor.json(*CUT, "take.wav", "--max-pause", "0.2")
    assert mine.read_text() != before
    mine.write_text(mine.read_text() + "\n")
    assert failed(editor, "take.wav")["items"][0]["errors"] == [row["errors"][0]]


def test_cut_with_record_lost_finds_what_was_sent(fresh_box: Any, shell: Shell, take: Path) -> None:
    box = fresh_box(credits=10)
    editor = at(box, shell)
    editor.json(*CUT, "take.wav")
    editor.environ["XDG_STATE_HOME"] = str(editor.folder / "other state")
    editor.json(*CUT, "take.wav")
    assert totals(box) == (1, 1, 9)
    content = bytearray(take.read_bytes())
    content[-40:] = bytes(range(40))  # the same name and size, other sound
    take.write_bytes(content)
    editor.json(*CUT, "take.wav")
    assert totals(box) == (2, 2, 8)


def test_cut_recordings_of_one_stem_keep_their_extensions(editor: Shell, take: Path) -> None:
    take.with_suffix(".WAV").write_bytes(talk("Today."))
    take.with_suffix(".cut.wav").write_bytes(talk("Welcome."))  # a render that lies there
    document = editor.json(*CUT, ".")
    assert [Path(row["files"][0]).name for row in document["items"]] == ["take.WAV.fcpxml", "take.wav.fcpxml"]


def test_cut_failures_do_not_stop_the_others(editor: Shell, take: Path) -> None:
    (editor.folder / "notes.wav").write_text("No sound. " * 20)
    (editor.folder / "silent.wav").write_bytes(wav(2))
    (editor.folder / "odd.wav").write_bytes(take.read_bytes())
    (editor.folder / "odd.txt").write_bytes(b"\xff\xfe\xfa Wei\xdf")
    (editor.folder / "line\nbreak.wav").write_bytes(take.read_bytes())
    names = ["missing.wav", "notes.wav", "silent.wav", "odd.wav", "line\nbreak.wav", "take.wav"]
    outcome = editor.run(*CUT, *names)
    assert (outcome.status, outcome.err) == (1, "")
    *_, heading, missing, notes, silent, odd, line = outcome.out.splitlines()
    assert heading == "Failed: 5 of 6. Run the same command again to continue."
    assert missing == "  missing.wav: cannot be read: No such file or directory."
    assert notes.startswith("  notes.wav: ")
    assert "speech" in silent
    assert "odd.txt: is not text in UTF-8" in odd
    assert "line?break.wav: no timeline can hold this path" in line
    assert (editor.folder / "take.fcpxml").exists()


def test_cut_unpaid_says_what_to_do(editor: Shell, take: Path, cut_box: LiveBox) -> None:
    owner = Shell(cut_box.folder, {"ROUGHY_BOX_CONFIG": cut_box.environ["ROUGHY_BOX_CONFIG"]})
    key = owner.json("account", "add", "poor", "--credits", "1")["api_key"]
    (editor.folder / "long.wav").write_bytes(wav(61, rate=1000))
    (row,) = failed(editor, "long.wav", "--key", key)["items"]
    assert "roughy-box topup" in row["errors"][0]
    wrong = failed(editor, "take.wav", "long.wav", "--key", "sk_wrong")
    assert rows(wrong) == [("take.wav", "failed"), ("long.wav", "not tried")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--max-pause", "11"], ["--max-pause is 11.0; it is from 0.1 to 10 seconds."]),
        (["--max-pause", "nan"], ["--max-pause"]),
        (["--pad-after", "2"], ["--pad-before and pad-after are from 0 to 1 second"]),
        (["--media", "https://nas"], ["--media: Send a path"]),
        (["--script", "a.txt", "--no-script"], ["--script", "--no-script"]),
        (["other.wav", "--script", "a.txt"], ["--script is for one recording, and these are 2."]),
        (["--export", "aaf"], ["'--export'", "'fcpxml'"]),
        (["--output", "take.wav"], ["take.wav: File exists"]),
        (["--key", ""], ["No API key."]),
    ],
)
def test_cut_refused_before_anything_is_sent(
    editor: Shell, take: Path, cut_box: LiveBox, arguments: list[str], words: list[str]
) -> None:
    before = totals(cut_box)
    if "--key" in arguments:
        del editor.environ["ROUGHY_BOX_CLIENT_KEY"]
    editor.run("cut", "take.wav", *arguments).refused(*words)
    assert totals(cut_box) == before


def test_cut_renders_and_saves_once(editor: Shell, take: Path, cut_box: LiveBox) -> None:
    command = [*CUT, "take.wav", "--render", "mp3", "--render", "m4a"]
    (row,) = editor.json(*command)["items"]
    assert [Path(each).name for each in row["files"]] == ["take.fcpxml", "take.cut.mp3", "take.cut.m4a"]
    for file, render_id in zip(row["files"][1:], row["render_ids"], strict=True):
        with cut_box.client() as client:
            render = client.get(f"/v1/renders/{render_id}").json()
            assert Path(file).read_bytes() == client.get(render["download_url"]).content
            assert render["cut_id"] == row["cut_id"]
    before = versions(editor.folder)
    editor.json(*command)
    assert versions(editor.folder) == before
    mine = editor.folder / "take.cut.mp3"
    mine.write_bytes(b"Mine.")
    assert "--force" in failed(editor, *command[len(CUT) :])["items"][0]["errors"][0]
    assert mine.read_bytes() == b"Mine."


def test_cut_render_of_sound_as_video_refused(editor: Shell, take: Path) -> None:
    (row,) = failed(editor, "take.wav", "--render", "mp4", "--export", "srt", "--export", "edl")["items"]
    words, render = row["errors"]
    assert "no words" in words
    assert render.startswith("--render: ")
    assert row["files"] == [str(editor.folder / "take.edl")]


def test_cut_of_empty_folder_refused(editor: Shell) -> None:
    (editor.folder / "notes.txt").write_text("Nothing here.")
    editor.run("cut", ".").refused("There are no recordings in '.'.")


def test_cut_to_stdout_refused(editor: Shell, take: Path) -> None:
    editor.run("cut", "take.wav", "--output", "-").refused("roughy-box export CUT --output -")
    assert not (editor.folder / "-").exists()


def test_cut_examples_of_help_and_readme_run(editor: Shell, take: Path) -> None:
    (editor.folder / "rushes").mkdir()
    (editor.folder / "rushes" / "a.wav").write_bytes(take.read_bytes())
    (editor.folder / "rushes" / "a.txt").write_text(WELCOME)
    take.rename(editor.folder / "interview.mp4")
    (editor.folder / "interview.md").write_text(WELCOME, encoding="utf-16")
    helped = editor.run("cut", "--help").out
    lines = re.findall(r"^ *roughy-box (cut .+)$", helped + README.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == 5
    for line in lines:
        outcome = editor.run(*shlex.split(line))
        assert outcome.status == 0, outcome
    assert WELCOME in (editor.folder / "interview.srt").read_text()
    assert (editor.folder / "interview.cut.mp3").stat().st_size > 10_000
    assert {path.name for path in (editor.folder / "rushes").iterdir()} == {"a.wav", "a.txt", "a.fcpxml", "a.srt"}
    assert media_of(editor.folder / "cuts" / "a.fcpxml") == ["file:///D:/Footage/a.wav"]
