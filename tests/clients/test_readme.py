"""The snippets under README's heading "First upload", run as they stand there.

All blocks of a language make one program; the values of its lines ``API = ...``, ``KEY = ...``,
``PROJECT_ID = ...`` and ``FILE = ...`` are replaced by the test's.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.footage import Footage, check_arrived, check_rejected
from tests.harness import PATIENCE, Api
from tests.tools import NODE_MODULES, needs, needs_packages

README = Path(__file__).parents[2] / "README.md"
HEADING = "First upload"
PROGRAMS = {"bash": ["bash", "-e"], "python": [sys.executable], "js": ["node"]}
SUFFIXES = {"bash": ".sh", "python": ".py", "js": ".mjs"}

BASH = pytest.param("bash", marks=needs("bash", "curl", "jq"))
JS = pytest.param("js", marks=[needs("node"), needs_packages("tus-js-client")])


def snippet(text: str, language: str) -> str:
    """The blocks of one language under the heading and the headings below it."""
    lines: list[str] = []
    block: str | None = None
    level = 0
    for line in text.splitlines():
        if line.startswith("```"):
            block = line[3:].strip() if block is None else None
        elif block is not None:
            lines += [line] if level and block == language else []
        elif heading := re.match(r"(#+) (.*)", line):
            depth = len(heading[1])
            if heading[2] == HEADING:
                level = depth
            elif depth <= level:
                level = 0
    assert lines, f"README.md has no {language} under '{HEADING}'"
    return "\n".join(lines) + "\n"


def filled(code: str, variables: dict[str, str]) -> str:
    """The program with the test's values instead of the reader's."""
    for name, value in variables.items():
        # A JSON string is the same in all three languages; JSON's backslashes must pass through sub.
        literal = json.dumps(value).replace("\\", r"\\")
        code, count = re.subn(rf"^((?:const )?{name} ?= ?).*$", rf"\g<1>{literal}", code, flags=re.MULTILINE)
        assert count == 1, f"{name} is set {count} times"
    return code


def run(api: Api, language: str, file: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    variables = {"API": api.box.url, "KEY": api.box.key, "PROJECT_ID": api.project(), "FILE": str(file)}
    program = folder / f"first{SUFFIXES[language]}"
    program.write_text(filled(snippet(README.read_text(), language), variables))
    (folder / "node_modules").symlink_to(NODE_MODULES)
    command = [*PROGRAMS[language], str(program)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)


def newest_asset(api: Api) -> str:
    return str(api.http.get("/v1/assets", params={"limit": 1}).json()["items"][0]["id"])


@pytest.mark.parametrize("language", [BASH, "python", JS])
def test_first_upload(api: Api, recording: Footage, tmp_path: Path, language: str) -> None:
    done = run(api, language, recording.path, tmp_path)
    assert done.returncode == 0, done.stderr
    check_arrived(api, newest_asset(api), recording)


@pytest.mark.parametrize("language", [BASH, JS])
def test_a_rejected_file_says_why(api: Api, text: Path, tmp_path: Path, language: str) -> None:
    done = run(api, language, text, tmp_path)
    assert '"unsupported_media"' in done.stdout + done.stderr
    check_rejected(api, newest_asset(api))
