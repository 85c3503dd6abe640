"""Small volumes that can be filled to the last byte."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MIB = 1024**2


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[Path]:
    """A volume of ``size`` bytes at ``folder``; without the right to mount the test is skipped."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        # Where all tests must run, this one too.
        give_up = pytest.fail if os.environ.get("ROUGHY_BOX_TESTS_REQUIRE_ALL") else pytest.skip
        give_up("needs the right to mount a small volume")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(volume: Path, leaving: int = 0) -> Iterator[Path]:
    """Fill the volume with a foreign file, except ``leaving`` bytes; remove it at the end of the block."""
    file = volume / "somebody else's"
    top_up(file)
    if leaving:
        os.truncate(file, max(0, file.stat().st_size - leaving))
    try:
        yield file
    finally:
        file.unlink()


def top_up(file: Path) -> None:
    """Let ``file`` grow until its volume is full."""
    with file.open("ab", buffering=0) as out:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    out.write(b"\xff" * size)
            except OSError:
                pass
    assert free(file) == 0


def free(path: Path) -> int:
    """Bytes that may still be written to the volume of ``path``."""
    volume = os.statvfs(path)
    return volume.f_bavail * volume.f_frsize
