"""Everything specific to a program frozen by PyInstaller.

As a folder it is one process. As one file it is two: the first unpacks the program into its own folder,
forwards signals and cleans up; the second, its child, is the program. Both point the loader to their
libraries through the environment, which other programs must not see.
"""

from __future__ import annotations

import os
import sys

_LOADER = "LD_LIBRARY_PATH"
_OURS = "_PYI_"  # prefix of PyInstaller's own variables
_UNPACKED = "_PYI_APPLICATION_HOME_DIR"  # set in one file only

IS_FROZEN = bool(getattr(sys, "frozen", False))


def command() -> list[str]:
    """Return the command that starts this program."""
    return [sys.executable] if IS_FROZEN else [sys.executable, "-P", "-m", "roughy_box"]


def environment() -> dict[str, str]:
    """Return the environment variables that tell a child running this program where it is unpacked."""
    if not IS_FROZEN:
        return {}
    libraries = os.pathsep.join(filter(None, [_home(), os.environ.get(_LOADER)]))
    return {name: value for name, value in os.environ.items() if name.startswith(_OURS)} | {_LOADER: libraries}


def pid() -> int:
    """Return the id of the process that was started, the one a supervisor knows."""
    return os.getppid() if is_one_file() else os.getpid()


def is_one_file() -> bool:
    """Return whether the program was unpacked from one file and runs as a child of the process that was started."""
    return IS_FROZEN and _UNPACKED in os.environ


def set_up_process(*, is_child: bool) -> None:
    """Prepare this process, before anything else; ``is_child`` for the processes that the server starts."""
    if not IS_FROZEN:
        return
    # Imported here so that an installed program does not spend time on it.
    import multiprocessing

    multiprocessing.freeze_support()
    _restore_environment()
    if is_one_file() and not is_child:
        from roughy_box.base import one_file

        one_file.die_with_parent()
        one_file.mark_in_use(_home())
        one_file.remove_left_behind(_home())


def _home() -> str:
    return str(sys._MEIPASS)  # type: ignore[attr-defined]  # PyInstaller sets it


def _restore_environment() -> None:
    original = os.environ.pop(f"{_LOADER}_ORIG", None)
    os.environ.pop(_LOADER, None)
    if original is not None:
        os.environ[_LOADER] = original
