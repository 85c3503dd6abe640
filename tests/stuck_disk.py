"""Serve on a disk on which no call about a file returns while a file ``stuck`` is there: ``stuck_disk.py serve``."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from roughy_box.__main__ import main

STUCK = "stuck"
FILE = re.compile("data/(incoming|media|derived|revocations)")


stat = os.stat


def exists(path: str) -> bool:
    """Return whether a file is there, by the call as it was."""
    try:
        stat(path)
    except FileNotFoundError:
        return False
    return True


def _waiting(call: Callable[..., Any]) -> Callable[..., Any]:
    def wait(place: Any, *rest: Any, **more: Any) -> Any:
        name = os.readlink(f"/proc/self/fd/{place}") if isinstance(place, int) else str(place)
        while FILE.search(name) and exists(STUCK):
            time.sleep(0.01)
        return call(place, *rest, **more)

    return wait


if __name__ == "__main__":
    assert not Path(STUCK).exists()
    for each in ("lstat", "stat", "statvfs", "open", "ftruncate", "fstat", "fdatasync", "pwrite", "rename"):
        setattr(os, each, _waiting(getattr(os, each)))
    main()
