"""The program as one file: its two processes end together, and what a killed one left is removed."""

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

_HELD = "roughy-box-runs-here"
_PR_SET_PDEATHSIG = 1


def end_with_the_first() -> None:
    """Die when the first process is killed, which would leave us behind with the port and the data folder."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def hold(home: str) -> None:
    """Mark the unpacked folder as in use, for as long as this process lives."""
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=home)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.rename(name, Path(home) / _HELD)  # seen by others only once it is locked


def clear_up_after_killed(home: str) -> None:
    """Remove the unpacked folders of programs that were killed; a first process that lives removes its own."""
    for folder in Path(home).parent.glob("_MEI*"):
        with contextlib.suppress(OSError):
            if folder != Path(home) and folder.lstat().st_uid == os.geteuid() and not _is_held(folder):
                shutil.rmtree(folder)


def _is_held(folder: Path) -> bool:
    """Whether somebody works there; also true where nobody marked it, such as other programs' folders."""
    try:
        descriptor = os.open(folder / _HELD, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
