"""The parts of an environment, which may hold tests and tools, that go into the program."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import roughy_box
from roughy_box.cli import licenses
from roughy_box.speech import voice

Entry = tuple[str, str, str]  # PyInstaller's: path inside, path on this machine, kind

# Of the standard library: modules that a hook or a library would load if present, and that the box does not use.
_STANDARD = (
    *("tkinter", "_tkinter", "curses", "_curses", "_curses_panel", "readline", "rlcompleter", "pdb", "cmd", "code"),
    *("doctest", "unittest", "pydoc", "pydoc_data", "lib2to3", "ensurepip", "idlelib", "xmlrpc", "turtle"),
)
# Required by the metadata of a library, but not by its code.
UNUSED = ("setuptools", "pkg_resources", "_distutils_hack")
# Voice activity, by the library that has a wheel for this machine.
VOICE = [name for name in (voice.installed(),) if name]
# Theirs are loaded by name, and do not start with "lib".
LIBRARIES = ["*.so", "*.dylib"]
# pylibmagic provides libmagic, once; libmvec is part of the system's C library and belongs to its version.
_DUPLICATES = {
    *("libmagic.so.1", "libmvec.so.1", "pylibmagic/libmagic.so", "pylibmagic/libmagic.so.1.0.0"),
    *("pylibmagic/libmagic.la", "pylibmagic/pkgconfig/libmagic.pc"),
}


def modules() -> list[str]:
    """Return all modules of the program; some are imported by name only."""
    package = Path(roughy_box.__file__).parent
    parts = [path.relative_to(package.parent).with_suffix("").parts for path in package.rglob("*.py")]
    names = {".".join(each).removesuffix(".__init__") for each in parts if each[1] != "packaging"}
    return sorted(names - {"roughy_box.__main__"})


def left_out() -> list[str]:
    """Return the modules that are not packed: unused ones, and those of distributions that Roughy Box does not need."""
    wanted = {licenses.normal(each.name) for each in licenses.needed()}
    unneeded = [
        module
        for module, owners in packages_distributions().items()
        if not wanted & {licenses.normal(owner) for owner in owners}
    ]
    return sorted({*unneeded, *_STANDARD, *UNUSED} - {"roughy_box"})


def without_duplicates(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that the program needs, of those that PyInstaller found."""
    return [
        entry for entry in entries if entry[0] not in _DUPLICATES and not entry[0].startswith("roughy_box.egg-info")
    ]


def without_symbols(entries: Iterable[Entry], folder: Path) -> list[Entry]:
    """Strip debug symbols, a quarter of the size, from copies of the libraries in ``folder``.

    Libraries that auditwheel added to a package (``*.libs``) are left unchanged: its tool moves sections of
    the file, which strip(1) does not always understand.
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
