"""Files that commands make: there whole or not at all, and never in the place of files of others."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from roughy_box.base.files import sync
from roughy_box.client.errors import ClientError
from roughy_box.client.state import StateFile, state_path

_ROUNDED = 2 * 10**9  # nanoseconds: FAT and some network drives round times, once they are read from the disk


@contextmanager
def whole_file(
    path: Path, before_replacing: Callable[[os.stat_result], None] = lambda status: None
) -> Iterator[BinaryIO]:
    """Write a file of the user atomically, replacing the one that is there. Errors: ClientError ``file``.

    ``before_replacing`` gets the status of the complete file, which stays the same.
    """
    refuse_special(path)
    temporary = path.with_name(f".{path.name}.part")
    try:
        with open(temporary, "w+b", opener=_open_own) as file:
            yield file
            file.flush()
            sync(file.fileno())
            before_replacing(os.fstat(file.fileno()))
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ClientError(f"{path}: cannot be written: {error.strerror}.", "file") from None
        raise


def refuse_special(path: Path) -> None:
    """Refuse a device, a pipe or a socket, which root could replace by a file. Errors: ClientError ``file``."""
    with suppress(OSError):
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise ClientError(f"{path}: is not a file. Name another one.", "file")


def _open_own(path: str, flags: int) -> int:
    # A link of that name in a shared folder must not lead elsewhere.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


class Outputs:
    """The files that commands have made of a source, so that later runs replace those and no others.

    Each is recorded with its source, its content and its state on disk: one that was edited since is not replaced.
    """

    def __init__(self, *, force: bool = False, record: Path | None = None) -> None:
        """``force`` replaces all files; ``record`` is the file to keep the record in."""
        self._force = force
        self._entries = StateFile(record or state_path("outputs.json"))

    def write(self, path: Path, source: str, content: bytes) -> None:
        """Write a file that is made of a source, unless it is there already. Errors: ClientError ``file``."""
        digest = hashlib.sha256(content).hexdigest()
        if _holds(path, content):
            self._note(path, source, digest, path.stat())
            return
        with self.replacing(path, source, digest) as file:
            file.write(content)

    @contextmanager
    def replacing(self, path: Path, source: str, content: str) -> Iterator[BinaryIO]:
        """Write a file of a source as :func:`whole_file` does; ``content`` identifies what it holds."""
        self.check(path, source)
        with whole_file(path, lambda status: self._note(path, source, content, status)) as file:
            yield file

    def check(self, path: Path, source: str) -> None:
        """Refuse to replace the source, or a file that was not made of it. Errors: ClientError ``file*``."""
        if _is_same(path, source):
            raise ClientError(f"{path}: is the source itself. Name another file.", "file")
        if not self._force and os.path.lexists(path) and self._find(path, source) is None:
            raise ClientError(
                f"{path}: exists, and was not made of this source or has changed since. "
                "--force replaces it, --output writes to another place.",
                "file_exists",
            )

    def has(self, path: Path, source: str, content: str) -> bool:
        """Return True for a file that is there as it was made, with that content."""
        return self._find(path, source) == content

    def _find(self, path: Path, source: str) -> str | None:
        """Return the content of a file that is there as it was made of the source."""
        try:
            status = path.lstat()
        except OSError:
            return None
        for content, size, changed_at in self._made(path, source):
            if size == status.st_size and abs(changed_at - status.st_mtime_ns) <= _ROUNDED:
                return str(content)
        return None

    def _made(self, path: Path, source: str) -> list[Any]:
        match _parsed(self._entries.get(os.path.abspath(path))):
            case {"source": recorded, "made": [*made]} if recorded == source:
                return [[*each] for each in made if _is_entry(each)]
        return []

    def _note(self, path: Path, source: str, content: str, status: os.stat_result) -> None:
        # Of two, as this is called just before the one is replaced by the other.
        made = [*self._made(path, source)[-1:], [content, status.st_size, status.st_mtime_ns]]
        self._entries.put(os.path.abspath(path), json.dumps({"source": source, "made": made}))


def _is_entry(made: Any) -> bool:
    match made:
        case [str(), int(), int()]:
            return True
    return False


def _is_same(path: Path, source: str) -> bool:
    try:
        return os.path.samefile(path, source)
    except (OSError, ValueError):
        return False


def _holds(path: Path, content: bytes) -> bool:
    try:
        return not path.is_symlink() and path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _parsed(entry: str | None) -> Any:
    try:
        return json.loads(entry or "")
    except ValueError:
        return None
