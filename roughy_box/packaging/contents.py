"""What of an environment, which may hold tests and tools, goes into the program."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import roughy_box
from roughy_box.cli import notices
from roughy_box.speech import voice

Entry = tuple[str, str, str]  # PyInstaller's: the place inside, the place on this machine, the kind

# Of the standard library: what a hook or a library would load if it were there, and the box has no use for.
_STANDARD = (
    *("tkinter", "_tkinter", "curses", "_curses", "_curses_panel", "readline", "rlcompleter", "pdb", "cmd", "code"),
    *("doctest", "unittest", "pydoc", "pydoc_data", "lib2to3", "ensurepip", "idlelib", "xmlrpc", "turtle"),
)
# Needed by a library's list, and never by its code.
UNUSED = ("setuptools", "pkg_resources", "_distutils_hack")
# Voice activity: the one that has a wheel for this machine.
VOICE = [name for name in (voice.installed(),) if name]
# libmagic comes from pylibmagic, once; libmvec is part of the system's C library and belongs to its version.
_DOUBLE = {
    *("libmagic.so.1", "libmvec.so.1", "pylibmagic/libmagic.so", "pylibmagic/libmagic.so.1.0.0"),
    *("pylibmagic/libmagic.la", "pylibmagic/pkgconfig/libmagic.pc"),
}


def modules() -> list[str]:
    """Every module of the program; some are imported by name only."""
    package = Path(roughy_box.__file__).parent
    parts = [path.relative_to(package.parent).with_suffix("").parts for path in package.rglob("*.py")]
    names = {".".join(each).removesuffix(".__init__") for each in parts if each[1] != "packaging"}
    return sorted(names - {"roughy_box.__main__"})


def left_out() -> list[str]:
    """The modules that are not packed: those of every distribution that Roughy Box does not need, and unused ones."""
    wanted = {notices.normal(each.name) for each in notices.needed()}
    strangers = [
        module
        for module, owners in packages_distributions().items()
        if not wanted & {notices.normal(owner) for owner in owners}
    ]
    return sorted({*strangers, *_STANDARD, *UNUSED} - {"roughy_box"})


def without_doubles(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that the program needs of those that PyInstaller found."""
    return [entry for entry in entries if entry[0] not in _DOUBLE and not entry[0].startswith("roughy_box.egg-info")]


def without_symbols(entries: Iterable[Entry], folder: Path) -> list[Entry]:
    """The same libraries without what debuggers want, a quarter of the size; copies of them lie below ``folder``.

    What auditwheel put beside a package (``*.libs``) is left as it is: its tool moves parts of the file
    about, which strip(1) does not always understand.
    """
    if not shutil.which("strip"):
        return list(entries)
    stripped = []
    for inside, source, kind in entries:
        copy = folder / inside
        if kind != "SYMLINK" and ".libs/" not in inside:
            copy.parent.mkdir(parents=True, exist_ok=True)
            source = str(shutil.copy(source, copy))
        stripped.append((inside, source, kind))
    subprocess.run(["strip", "--strip-debug", *(path for path in folder.rglob("*.so*"))], check=True)
    return stripped
