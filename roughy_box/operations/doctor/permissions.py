"""Checks of access rights: others cannot read secrets, and the box can write where it must."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from roughy_box.domain.findings import Finding
from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.findings import FOLDERS, Context, Repairable, shell, status
from roughy_box.services import revocations
from roughy_box.storage import artifacts

DRIFT = 300  # seconds

_PRIVATE = ("secret", "box.db", "box.db-wal", "box.db-shm")
_FOLDERS = (*FOLDERS, artifacts.FOLDER)
_OURS = ("box.json", *_PRIVATE, *_FOLDERS, "serve.lock", *revocations.FILES)


def check_permissions(context: Context) -> Iterator[Finding]:
    """Check the folder and the files directly in it."""
    snapshots = [path.name for path in context.root.glob("box.db.before-*")]
    for name in (*_PRIVATE, *snapshots):
        path = context.root / name
        if (found := status(path)) and (mode := stat.S_IMODE(found.st_mode)) & 0o077:
            problem = f"{path} can be read by others ({mode:04o})"
            yield _loose_mode(path, problem, "600", 0o600)
    for path in (context.root, *(context.root / name for name in _FOLDERS)):
        if path.is_dir():
            yield from _check_folder(path)
    yield from _check_owners(context)


def _check_folder(path: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IWOTH:
        problem = f"{path} can be changed by others ({mode:04o})"
        yield _loose_mode(path, problem, "o-w", mode & ~0o002)
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            ahead = os.fstat(file.fileno()).st_mtime - time.time()
    except OSError as error:
        check = "disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "permissions"
        remedy = f"Check who owns it ('{shell('ls', '-ld', path)}') and its disk ('{shell('df', path)}')."
        yield Finding(check, f"{path} cannot be written: {error.strerror}", remedy)
        return
    if abs(ahead) > DRIFT:
        problem = f"the clocks of this machine and of the disk of {path} differ by {abs(ahead):.0f} s"
        yield Finding("clock", problem, "Set the clocks of both: timedatectl set-ntp true")


def _check_owners(context: Context) -> Iterator[Finding]:
    owner = status(context.root / "box.db")
    if owner is None:
        return
    for path in (context.root / name for name in _OURS):
        if (found := status(path)) and found.st_uid != owner.st_uid:
            problem = f"{path} belongs to another user than the database"
            yield Finding("permissions", problem, shell("chown", f"{owner.st_uid}:{owner.st_gid}", path))
    for name in ("box.db", "secret"):
        path = context.root / name
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            remedy = f"Run this as the user of the server; see '{shell('ls', '-l', path)}'."
            yield Finding("permissions", f"{path} cannot be used by this user", remedy)


def _loose_mode(path: Path, problem: str, change: str, mode: int) -> Repairable:
    repair = partial(repairs.set_mode, path, mode)
    return Repairable("permissions", problem, shell("chmod", change, path), repair, while_served=True)
