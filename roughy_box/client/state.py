"""Small files that carry what a command knows over to its next run."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

MOST_ENTRIES = 5000  # the oldest are dropped


class StateFile:
    """A map of texts in a file, which several commands may change at the same time.

    It is a convenience: a file that cannot be read counts as empty, and failed writes are ignored.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, key: str) -> str | None:
        """Return an entry."""
        return self._read().get(key)

    def put(self, key: str, value: str) -> None:
        """Set an entry, as the newest one."""
        self._change(key, value)

    def drop(self, key: str) -> None:
        """Remove an entry if there is one."""
        if key in self._read():
            self._change(key, None)

    def _read(self) -> dict[str, str]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(entries, dict):
            return {}
        return {key: value for key, value in entries.items() if isinstance(value, str)}

    def _change(self, key: str, value: str | None) -> None:
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self._path.parent):
                entries = self._read()
                entries.pop(key, None)
                if value is not None:
                    entries[key] = value
                self._write(dict(list(entries.items())[-MOST_ENTRIES:]))

    def _write(self, entries: Mapping[str, str]) -> None:
        # mkstemp creates the file with mode 0600; the rename makes the write atomic.
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as temporary:
                json.dump(entries, temporary, indent=1)
            os.replace(name, self._path)
        except BaseException:
            os.unlink(name)
            raise


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other commands from changing the files of a folder meanwhile."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # not every network file system has locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # until it is closed
        yield
    finally:
        os.close(descriptor)


def state_path(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of a file of the user's state (XDG Base Directory: a relative ``XDG_STATE_HOME`` is ignored)."""
    given = Path(environ.get("XDG_STATE_HOME", ""))
    home = given if given.is_absolute() else Path("~/.local/state").expanduser()
    return home / "roughy-box" / name
