"""``version``: the versions of the program and its libraries, also without a box."""

from __future__ import annotations

import platform
import sqlite3

import av

from roughy_box import __version__
from roughy_box.storage.migrate import scripts
from tests.cli.conftest import shell
from tests.cli.shell import Shell

__all__ = ["shell"]


def test_versions_as_json_are_complete(shell: Shell) -> None:
    facts = shell.json("version")
    assert facts["version"] == __version__
    assert facts["schema"] == scripts()[-1][0]
    assert facts["python"] == platform.python_version()
    assert facts["sqlite"] == sqlite3.sqlite_version
    assert facts["pyav"] == av.__version__
    assert facts["ffmpeg_libraries"]["libavcodec"].split(".")[0] == str(av.library_versions["libavcodec"][0])
    assert "GPL" in facts["ffmpeg_license"]
    assert all(facts.values())
    assert list(shell.folder.iterdir()) == []


def test_versions_as_text_name_libraries(shell: Shell) -> None:
    shown = shell.run("version")
    assert (shown.status, shown.err) == (0, "")
    assert all(name in shown.out for name in ("Python", "SQLite", "libmagic", "PyAV", "FFmpeg", "Sanic", "Tortoise"))


def test_version_option_prints_one_line(shell: Shell) -> None:
    assert shell.run("--version").out == f"roughy-box, version {__version__}\n"
