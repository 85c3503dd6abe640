"""A root with nothing in it but the C library, zlib and the program: no Python, no shell, no libmagic, no ffmpeg."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.harness import LiveBox, descendants, title

CHROOT = shutil.which("chroot") or "chroot"
# The parts of glibc, and what PyInstaller's start program needs besides.
SYSTEM = ("libc.so.6", "libm.so.6", "libmvec.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1")
ZLIB = "libz.so.1"
SECRET = "sk_of_another_box_that_no_child_may_see"


def make_root(root: Path) -> Path:
    """Create the root, without the program."""
    for name in ("tmp", "dev", "data", "opt"):
        (root / name).mkdir(parents=True)
    os.mknod(root / "dev" / "null", stat.S_IFCHR, os.makedev(1, 3))
    (root / "dev" / "null").chmod(0o666)  # the umask would forbid others to write
    (root / "etc").mkdir()
    (root / "etc" / "passwd").write_text("nobody:x:65534:65534::/:/bin/false\n")
    for path in _libraries():
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return root


def _libraries() -> list[Path]:
    """Return the paths of the loader and the libraries, as ldd(1) shows them."""
    shown = subprocess.run(["ldd", sys.executable], capture_output=True, text=True, check=True).stdout
    loader = Path(next(word for word in shown.split() if word.startswith("/") and "/ld-linux" in word))
    folder = Path(next(word for word in shown.split() if word.endswith("/libc.so.6"))).parent
    return [loader, *(folder / name for name in (*SYSTEM, ZLIB) if (folder / name).exists())]


class BareBox(LiveBox):
    """A box created and served by a program in its own root."""

    def __init__(self, root: Path, program: str, name: str) -> None:
        self.program = [CHROOT, str(root), program]
        self.folder = root
        self.data_dir = root / "data" / name
        self.environ = {"ROUGHY_BOX_CONFIG": f"/data/{name}.toml", "ROUGHY_BOX_CLIENT_KEY": SECRET}
        self.process = None
        self.url, self.port, self.serve = "", 0, ["serve"]
        self.key = self.cli("init", "--data-dir", f"/data/{name}", "--credits", "100")["api_key"]

    def processes(self) -> dict[str, int]:
        """Return the processes of the running program by their first word, that of the server being ``serve``."""
        assert self.process
        return {word: pid for pid in descendants(self.process.pid) if (word := first_word(pid))}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the root."""
        return subprocess.run([*self.program, *arguments], env=self.environ, capture_output=True, text=True)

    def cli(self, *arguments: str, status: int = 0) -> Any:
        """Run a command with --json and return its document, or its stderr if it is to fail."""
        done = self.run(*arguments, "--json")
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout) if status == 0 else done.stderr


def first_word(pid: int) -> str:
    """Return the title of a child, ``serve`` for the server, else an empty string."""
    if (name := title(pid)).startswith("media-"):
        return name
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return next((word.decode() for word in words if word == b"serve"), "")
