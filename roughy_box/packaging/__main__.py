"""``python -m roughy_box.packaging``: build both forms, print their sizes and start times.

The results are in ``dist``: ``roughy-box``, the program as one file, and ``roughy-box-VERSION-SYSTEM.tar.gz``, the
folder. A build of the same sources and libraries is not repeated.
"""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
import tarfile
import time
from importlib.metadata import distributions
from pathlib import Path

from roughy_box import __version__
from roughy_box.cli import licenses
from roughy_box.config.values import format_size

ROOT = Path(__file__).parents[2]
RECIPE = Path(__file__).with_name("roughy-box.spec")
WORK = ROOT / "build" / "binary"
DIST = ROOT / "dist"
NAME = f"roughy-box-{__version__}-{platform.system().lower()}-{platform.machine()}"
ONE_FILE = DIST / "roughy-box"
FOLDER = WORK / "dist" / "folder"
TARBALL = DIST / f"{NAME}.tar.gz"
_STAMP = WORK / "built-from"
_DOCUMENTS = ("LICENSE", "README.md", "config.example.toml")


def main() -> None:
    """Build what is out of date, and print the results."""
    make()
    for path, program in ((ONE_FILE, ONE_FILE), (TARBALL, FOLDER / "roughy-box")):
        print(f"{path.relative_to(ROOT)}: {format_size(path.stat().st_size)}, starts in {start_time(program):.2f} s")


def make() -> None:
    """Build both forms unless they are up to date."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in parallel
        digest = sources()
        if not (ONE_FILE.exists() and TARBALL.exists() and _STAMP.exists() and _STAMP.read_text() == digest):
            started = time.monotonic()
            _STAMP.unlink(missing_ok=True)
            _build()
            _STAMP.write_text(digest)
            print(f"built in {time.monotonic() - started:.0f} s")


def sources() -> str:
    """Return a digest of all inputs of the program: our files, and the versions of installed distributions."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(path for name in ("roughy_box", "static") for path in (ROOT / name).rglob("*.*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    for each in sorted(f"{found.name} {found.version}" for found in distributions()):
        digest.update(each.encode())
    return digest.hexdigest()


def start_time(program: Path) -> float:
    """Return the seconds that ``--version`` takes, the best of three."""

    def once() -> float:
        started = time.monotonic()
        subprocess.run([program, "--version"], check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - started

    return min(once() for _ in range(3))


def _build() -> None:
    options = ["--noconfirm", "--log-level", "WARN", "--distpath", str(WORK / "dist"), "--workpath", str(WORK / "work")]
    subprocess.run([sys.executable, "-m", "PyInstaller", *options, str(RECIPE)], cwd=ROOT, check=True)
    DIST.mkdir(exist_ok=True)
    shutil.copy2(WORK / "dist" / "roughy-box", ONE_FILE)
    shutil.copy2(FOLDER / "_internal" / "roughy_box" / licenses.PACKED, FOLDER)
    for name in _DOCUMENTS:
        shutil.copy2(ROOT / name, FOLDER)
    shutil.copytree(ROOT / "docs", FOLDER / "docs", dirs_exist_ok=True)
    with tarfile.open(TARBALL, "w:gz", compresslevel=6) as tarball:
        tarball.add(FOLDER, NAME, filter=_without_owner)


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


if __name__ == "__main__":
    main()
