"""The notices of the standalone program, which contains more than Python distributions."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from roughy_box.cli import licenses
from roughy_box.packaging.contents import UNUSED, Entry

HERE = Path(__file__).parent
_MEDIA = "av.libs"  # where PyAV's distribution keeps FFmpeg and what FFmpeg needs
_INTRODUCTION = """\
Roughy Box's own source is under the MIT license, which follows.

This program holds Roughy Box together with Python, the libraries it needs, and FFmpeg with x264 and x265, which are
under the GNU General Public License. As a whole it is therefore distributed under the GNU General Public License,
version 3 or (at your option) any later version; its text is at the end. If you pass the program on, pass on the
same rights, and the source: that of Roughy Box, and for the libraries below, in the versions named here, what their
projects publish. FFmpeg, x264, x265 and the other media libraries were built by PyAV's project, whose build scripts
(https://github.com/PyAV-Org/pyav-ffmpeg) name every source and how it was configured.
"""


def collect(libraries: Iterable[Entry]) -> str:
    """Return all notices as one text; ``libraries`` are the packed libraries."""
    packed = [(inside, source) for inside, source, _ in libraries]
    parts = [
        f"{_INTRODUCTION}\n{(HERE.parents[1] / 'LICENSE').read_text(encoding='utf-8')}",
        licenses.of_distributions(each for each in licenses.needed()[1:] if each.name not in UNUSED),
        licenses.section("Inside PyAV's distribution: FFmpeg and its libraries", _media(packed)),
        licenses.section("Python", _python()),
        licenses.section("PyInstaller, whose start program unpacks and runs this one", _pyinstaller()),
        *(licenses.section(f"From the system: {name}", text) for name, text in _system(packed)),
        licenses.section("GNU General Public License", (HERE / "GPL-3.0.txt").read_text(encoding="utf-8")),
    ]
    return "\n".join(parts)


def _media(packed: list[tuple[str, str]]) -> str:
    names = sorted(Path(inside).name for inside, _ in packed if Path(inside).parent.name == _MEDIA)
    return "Each is under the license of its project; the texts are with the sources.\n\n" + "\n".join(names)


def _python() -> str:
    return (Path(sysconfig.get_path("stdlib")) / "LICENSE.txt").read_text(encoding="utf-8")


def _pyinstaller() -> str:
    found = distribution("pyinstaller")
    return f"PyInstaller {found.version}, under the GPL 2.0 or later with an exception for the programs it makes."


def _system(packed: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the copyright files of the packages that system libraries come from; without dpkg, the library names."""
    covered = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platlib")]
    real = {Path(source).resolve() for _, source in packed}
    others = {path.name for path in real if not any(path.is_relative_to(folder) for folder in covered)}
    names = {name for name in others if not name.startswith("libpython")}
    owners = _owners(names)
    found: dict[str, str] = {}
    for name in sorted(names):
        text = Path(f"/usr/share/doc/{owners.get(name)}/copyright")
        found[owners.get(name, name)] = text.read_text(errors="replace") if text.is_file() else "A library."
    return sorted(found.items())


def _owners(names: set[str]) -> dict[str, str]:
    """Return the package of each file, by file name: dpkg may list a path from before /lib became /usr/lib."""
    if not shutil.which("dpkg-query"):
        return {}
    command = ["dpkg-query", "--search", *(f"*/{name}" for name in names)]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return {line.rpartition("/")[2]: line.partition(":")[0] for line in lines}
