"""What is different when the program is in one piece, made by PyInstaller: all of it is here.

As a folder it is one process. As one file it is two: the first unpacks the program into a folder of its own,
passes signals on and clears up; the second, its child, is the program. Both lend the loader their
libraries through the environment, which other programs must not see.
"""

from __future__ import annotations

import os
import sys

_LOADER = "LD_LIBRARY_PATH"
_OURS = "_PYI_"  # how the names of PyInstaller's own variables start
_UNPACKED = "_PYI_APPLICATION_HOME_DIR"  # set in one file only

IS_FROZEN = bool(getattr(sys, "frozen", False))


def command() -> list[str]:
    """Our own program, as a list of words."""
    return [sys.executable] if IS_FROZEN else [sys.executable, "-P", "-m", "roughy_box"]


def environment() -> dict[str, str]:
    """What a child that is our own program needs of our environment: that it is unpacked already, and where."""
    if not IS_FROZEN:
        return {}
    libraries = os.pathsep.join(filter(None, [_home(), os.environ.get(_LOADER)]))
    return {name: value for name, value in os.environ.items() if name.startswith(_OURS)} | {_LOADER: libraries}


def pid() -> int:
    """The process that was started, which is what a supervisor knows us by."""
    return os.getppid() if is_one_file() else os.getpid()


def is_one_file() -> bool:
    """Whether the program was unpacked from one file, and so is the child of what was started."""
    return IS_FROZEN and _UNPACKED in os.environ


def settle_in(*, is_child: bool) -> None:
    """What every process does first; ``is_child`` for those that the server starts."""
    if not IS_FROZEN:
        return
    # Imported here, as nobody else has to wait for it.
    import multiprocessing

    multiprocessing.freeze_support()
    _restore_environment()
    if is_one_file() and not is_child:
        from roughy_box.base import one_file

        one_file.end_with_the_first()
        one_file.hold(_home())
        one_file.clear_up_after_killed(_home())


def _home() -> str:
    return str(sys._MEIPASS)  # type: ignore[attr-defined]  # PyInstaller sets it


def _restore_environment() -> None:
    original = os.environ.pop(f"{_LOADER}_ORIG", None)
    os.environ.pop(_LOADER, None)
    if original is not None:
        os.environ[_LOADER] = original
