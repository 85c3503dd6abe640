"""Serve on a disk on which no call about an upload returns while a file ``stuck`` is there: ``stuck_disk.py serve``."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from roughy_box.__main__ import main

STUCK = "stuck"


def _waiting(call: Callable[..., Any]) -> Callable[..., Any]:
    def wait(place: Any, *rest: Any, **more: Any) -> Any:
        name = os.readlink(f"/proc/self/fd/{place}") if isinstance(place, int) else str(place)
        while "incoming" in name and os.path.exists(STUCK):
            time.sleep(0.01)
        return call(place, *rest, **more)

    return wait


if __name__ == "__main__":
    assert not Path(STUCK).exists()
    for each in ("lstat", "statvfs", "ftruncate", "fstat", "fdatasync", "pwrite"):
        setattr(os, each, _waiting(getattr(os, each)))
    main()
