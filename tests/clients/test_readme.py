"""The programs of README.md and docs/api.md, run as they are printed.

All blocks of a language under a heading make one program; the values of its lines such as ``API = ...`` and
``FILE = ...`` are replaced by the test's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.clients.footage import Footage, check_arrived, check_rejected
from tests.harness import PATIENCE, Api, LiveBox, wait_until
from tests.media_bytes import wav
from tests.tools import NODE_MODULES, needs, needs_packages

ROOT = Path(__file__).parents[2]
# The file and the heading that a program is under.
README = ("README.md", "First upload")
MANUAL = ("docs/api.md", "Upload a file")
PROJECT = ("docs/api.md", "A project")
RESUME = ("docs/api.md", "After an interruption")
RENDER = ("docs/api.md", "Renders")
EVENTS = ("docs/api.md", "Live events")
PROGRAMS = {"bash": ["bash", "-e"], "python": [sys.executable], "js": ["node"]}
SUFFIXES = {"bash": ".sh", "python": ".py", "js": ".mjs"}

IN_README = pytest.param(README, "bash", marks=needs("bash", "curl", "jq"), id="readme-bash")
IN_BASH = pytest.param(MANUAL, "bash", marks=needs("bash", "curl", "jq"), id="manual-bash")
IN_PYTHON = pytest.param(MANUAL, "python", id="manual-python")
IN_JS = pytest.param(MANUAL, "js", marks=[needs("node"), needs_packages("tus-js-client")], id="manual-js")


def snippet(place: tuple[str, str], language: str) -> str:
    """Return the blocks of one language under a heading and the headings below it."""
    document, title = place
    lines: list[str] = []
    block: str | None = None
    level = 0
    for line in (ROOT / document).read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            block = line[3:].strip() if block is None else None
        elif block is not None:
            lines += [line] if level and block == language else []
        elif heading := re.match(r"(#+) (.*)", line):
            depth = len(heading[1])
            if heading[2] == title:
                level = depth
            elif depth <= level:
                level = 0
    assert lines, f"{document} has no {language} under '{title}'"
    return "\n".join(lines) + "\n"


def filled(code: str, variables: dict[str, str]) -> str:
    """Return the program with the test's values instead of the reader's."""
    for name, value in variables.items():
        # A JSON string is the same in all three languages; JSON's backslashes must pass through sub.
        literal = json.dumps(value).replace("\\", r"\\")
        code, count = re.subn(rf"^((?:const )?{name} ?= ?).*$", rf"\g<1>{literal}", code, flags=re.MULTILINE)
        assert count == 1, f"{name} is set {count} times"
    return code


def run(
    api: Api, place: tuple[str, str], language: str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a program of a document in ``folder``."""
    program = folder / f"first{SUFFIXES[language]}"
    program.write_text(filled(snippet(place, language), {"API": api.box.url, "KEY": api.box.key} | variables))
    (folder / "node_modules").symlink_to(NODE_MODULES)
    command = [*PROGRAMS[language], str(program)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)


def upload(
    api: Api, place: tuple[str, str], language: str, folder: Path, file: Path
) -> subprocess.CompletedProcess[str]:
    """Run a program that uploads a file; the one of the README creates its project."""
    project = {} if place == README else {"PROJECT_ID": api.project()}
    return run(api, place, language, folder, FILE=str(file), **project)


def newest_asset(api: Api) -> str:
    return str(api.http.get("/v1/assets", params={"limit": 1}).json()["items"][0]["id"])


@pytest.mark.parametrize(("place", "language"), [IN_README, IN_BASH, IN_PYTHON, IN_JS])
def test_first_upload_media_arrives(
    api: Api, recording: Footage, tmp_path: Path, place: tuple[str, str], language: str
) -> None:
    done = upload(api, place, language, tmp_path, recording.path)
    assert done.returncode == 0, done.stderr
    check_arrived(api, newest_asset(api), recording)


@pytest.mark.parametrize(("place", "language"), [IN_README, IN_BASH, IN_JS])
def test_first_upload_other_file_says_why(
    api: Api, text: Path, tmp_path: Path, place: tuple[str, str], language: str
) -> None:
    done = upload(api, place, language, tmp_path, text)
    assert '"unsupported_media"' in done.stdout + done.stderr
    check_rejected(api, newest_asset(api))


@needs("bash", "curl")
def test_project_program_creates_it(api: Api, tmp_path: Path) -> None:
    done = run(api, PROJECT, "bash", tmp_path)
    assert api.http.get(f"/v1/projects/{json.loads(done.stdout)['id']}").json()["name"] == "Episode 12"


@needs("bash", "curl")
def test_resume_program_sends_the_rest(api: Api, recording: Footage, tmp_path: Path) -> None:
    asset_id, url = api.asset(recording.size)
    assert api.patch(url, 0, recording.path.read_bytes()[:5_000_000]).status_code == 204
    done = run(api, RESUME, "bash", tmp_path, ASSET_ID=asset_id, FILE=str(recording.path))
    assert done.returncode == 0, done.stderr
    check_arrived(api, asset_id, recording)


@needs("bash", "curl", "jq")
def test_render_program_saves_the_file(api: Api, tmp_path: Path) -> None:
    asset_id = api.upload(wav(1))["id"]
    done = run(api, RENDER, "bash", tmp_path, ASSET_ID=asset_id)
    assert done.returncode == 0, done.stderr
    (render,) = api.http.get("/v1/renders", params={"asset_id": asset_id}).json()["items"]
    assert (tmp_path / "episode.mp3").stat().st_size == render["size_bytes"]


def test_events_program_prints_and_resumes(fresh_box: Callable[..., LiveBox], tmp_path: Path) -> None:
    box = fresh_box()
    program = tmp_path / "events.py"
    program.write_text(filled(snippet(EVENTS, "python"), {"API": box.url, "KEY": box.key}))
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as listening:
        assert listening.stdout
        wait_until(lambda: "event_streams 1.0" in httpx.get(f"{box.url}/metrics").text)
        Api(box).project("first")
        assert listening.stdout.readline().startswith("project.changed {'id': ")
        box.stop()
        box.start()
        Api(box).project("second")
        assert "'name': 'second'" in listening.stdout.readline()
        listening.kill()


@needs("bash")
def test_upload_command_of_the_readme_sends_a_folder(api: Api, recording: Footage, tmp_path: Path) -> None:
    (tmp_path / "rushes").mkdir()
    shutil.copy(recording.path, tmp_path / "rushes")
    lines = re.findall(r"^    (export \w+=|roughy-box upload .*)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert lines[0] == "export ROUGHY_BOX_CLIENT_KEY="
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "ROUGHY_BOX_CLIENT_URL": api.box.url,
    }
    script = "\n".join([f"{lines[0]}{api.box.key}", *lines[1:]])
    done = subprocess.run(
        ["bash", "-e"], input=script, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    check_arrived(api, newest_asset(api), recording)
