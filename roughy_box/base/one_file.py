"""The program as one file: its two processes end together, and folders left behind by killed ones are removed."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

_IN_USE = "roughy-box-runs-here"
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Die when the first process is killed; this one would go on holding the port and the data folder."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def mark_in_use(home: str) -> None:
    """Mark the unpacked folder as in use for the lifetime of this process."""
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=home)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.rename(name, Path(home) / _IN_USE)  # visible to others only once it is locked


def remove_left_behind(home: str) -> None:
    """Remove the unpacked folders of killed programs; a first process that ends normally removes its own."""
    for folder in Path(home).parent.glob("_MEI*"):
        with contextlib.suppress(OSError):
            if folder != Path(home) and folder.lstat().st_uid == os.geteuid() and not _is_in_use(folder):
                shutil.rmtree(folder)


def _is_in_use(folder: Path) -> bool:
    """Return whether a process uses the folder; also true for one without a mark, such as another program's."""
    try:
        descriptor = os.open(folder / _IN_USE, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
