"""The folder of a backup: its owner, its lock, its files."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from roughy_box.base.files import give_to_owner, make_folder, sync, sync_folder
from roughy_box.base.progress import Progress
from roughy_box.domain import ids
from roughy_box.domain.errors import SetupError
from roughy_box.operations.backup import manifest
from roughy_box.operations.backup.manifest import Entry, Manifest
from roughy_box.storage.copies import PART, copy_file
from roughy_box.storage.folder import Folder

LOCK = "backup.lock"
STATE = "state"
# Below them are files named by ids; those of other programs stay.
_OWN = ("media", "renders")

# Left at the root of a disk by the tools of its file system.
_SYSTEM_NAMES = {"lost+found"}
_NO_PROGRESS = Progress()
_OUR_NAME = re.compile(rf"{ids.PATTERN}\.[a-z0-9]+({re.escape(PART)})?")


class Destination:
    """The folder of a backup while a run writes to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._touched = {root}

    def place(self, stored: str) -> Path:
        """Return the path of a file of the backup; create its folder."""
        path = self.root / stored
        if path.parent not in self._touched:
            make_folder(path.parent, 0o700)
        self._touched.update(folder for folder in path.parents if folder.is_relative_to(self.root))
        return path

    def copy_in(
        self,
        source: Path,
        facts: os.stat_result,
        path: str,
        stored: str,
        mode: int,
        progress: Progress = _NO_PROGRESS,
    ) -> Entry:
        """Copy a file of the box to its place here. Errors: those of :func:`copy_file`."""
        content = copy_file(source, self.place(stored), mode=mode, mtime_ns=facts.st_mtime_ns, progress=progress)
        return Entry(path, stored, content.size, content.sha256, mode, facts.st_mtime_ns)

    def make_durable(self) -> None:
        """Make every name that the run added survive a power cut."""
        for folder in sorted(self._touched, reverse=True):
            sync_folder(folder)

    def clean(self, keep: Manifest) -> int:
        """Remove files that do not belong to the state ``keep``, except foreign ones; return how many."""
        kept, removed = {self.root / entry.stored for entry in keep.files}, 0
        for path in (path for name in (STATE, *_OWN) for path in self._files(name)):
            if path not in kept and (path.is_relative_to(self.root / STATE) or _OUR_NAME.fullmatch(path.name)):
                path.unlink()
                removed += 1
                # A folder is removed with its last file, and the one above it likewise.
                with suppress(OSError):
                    for folder in path.parents[:3]:
                        folder.rmdir()
        return removed

    def _files(self, name: str) -> list[Path]:
        return [path for path in (self.root / name).rglob("*") if path.is_symlink() or not path.is_dir()]


@contextmanager
def claimed(root: Path, folder: Folder) -> Iterator[Destination]:
    """Lock ``root``, new or empty or a backup of the same box, for one run.

    Errors: :class:`SetupError`; nothing is written then.
    """
    root = root.resolve()
    _check_place(root, folder)
    try:
        if not root.exists():
            make_folder(root, 0o700)
            sync_folder(root.parent)
        _check_content(root, folder)
    except OSError as error:
        raise SetupError(f"{root} cannot be used: {error.strerror}.") from None
    try:
        with lock(root, fcntl.LOCK_EX, os.O_RDWR | os.O_CREAT) as descriptor:
            give_to_owner(root / LOCK)
            _check_owner(root, folder, descriptor)
            yield Destination(root)
    except OSError as error:
        raise SetupError(
            f"The backup in {root} could not be finished: {error.strerror or error}. "
            "The previous state is untouched; run the command again to continue."
        ) from None


@contextmanager
def lock(root: Path, kind: int, how: int = os.O_RDONLY) -> Iterator[int]:
    """Lock a backup against other runs (``fcntl.LOCK_EX``) or only against their changes (``LOCK_SH``).

    Errors: :class:`SetupError` when another process has it.
    """
    descriptor = os.open(root / LOCK, how | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        yield descriptor
    except BlockingIOError:
        raise SetupError(f"Another backup or restore is running on {root}. Wait until it has ended.") from None
    finally:
        os.close(descriptor)


def _check_place(root: Path, folder: Folder) -> None:
    if root.is_relative_to(folder.root.resolve()):
        raise SetupError(f"{root} is inside the data folder. Give a folder elsewhere, best on another disk.")
    if not root.parent.is_dir():
        raise SetupError(f"{root.parent} does not exist. Check that the disk is mounted, or make that folder first.")


def _check_content(root: Path, folder: Folder) -> None:
    names = {entry.name for entry in root.iterdir()} - _SYSTEM_NAMES
    if names and not names & {LOCK, manifest.NAME}:
        raise SetupError(f"{root} holds other files ({min(names)}). Give a new or empty folder.")
    known = manifest.read(root)
    if known and known.box != folder.box_id:
        raise _other_box(root)


def _check_owner(root: Path, folder: Folder, descriptor: int) -> None:
    """Check the owner by the lock file, as a first run that is cut off leaves no manifest."""
    owner = os.pread(descriptor, 100, 0)
    if not owner:
        os.pwrite(descriptor, folder.box_id.encode(), 0)
        sync(descriptor)
    elif owner != folder.box_id.encode():
        raise _other_box(root)


def _other_box(root: Path) -> SetupError:
    return SetupError(f"{root} is the backup of another box. Give another folder.")
