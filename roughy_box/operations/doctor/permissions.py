"""Who can read what only the box should, and whether the box can write where it must."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.findings import FOLDERS, Case, Finding, Mend, shell, status

DRIFT = 300  # seconds

_PRIVATE = ("secret", "box.db", "box.db-wal", "box.db-shm")
_OURS = ("box.json", *_PRIVATE, *FOLDERS, "serve.lock", "revocations")


def check_permissions(case: Case) -> Iterator[Finding]:
    """Look at the folder and what lies right in it."""
    snapshots = [path.name for path in case.root.glob("box.db.before-*")]
    for name in (*_PRIVATE, *snapshots):
        path = case.root / name
        if (found := status(path)) and (mode := stat.S_IMODE(found.st_mode)) & 0o077:
            problem = f"{path} can be read by others ({mode:04o})"
            yield Finding("permissions", problem, shell("chmod", "600", path), _closing(path, 0o600))
    for path in (case.root, *(case.root / name for name in FOLDERS)):
        if path.is_dir():
            yield from _check_folder(path)
    yield from _check_owners(case)


def _check_folder(path: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IWOTH:
        problem = f"{path} can be changed by others ({mode:04o})"
        yield Finding("permissions", problem, shell("chmod", "o-w", path), _closing(path, mode & ~0o002))
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            ahead = os.fstat(file.fileno()).st_mtime - time.time()
    except OSError as error:
        check = "disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "permissions"
        remedy = f"See who owns it ('{shell('ls', '-ld', path)}') and whether its disk is well ('{shell('df', path)}')."
        yield Finding(check, f"{path} cannot be written: {error.strerror}", remedy)
        return
    if abs(ahead) > DRIFT:
        problem = f"the disk of {path} and this machine disagree about the time by {abs(ahead):.0f} s"
        yield Finding("clock", problem, "Set the clocks of both: timedatectl set-ntp true")


def _check_owners(case: Case) -> Iterator[Finding]:
    owner = status(case.root / "box.db")
    if owner is None:
        return
    for path in (case.root / name for name in _OURS):
        if (found := status(path)) and found.st_uid != owner.st_uid:
            problem = f"{path} belongs to another user than the database beside it"
            yield Finding("permissions", problem, shell("chown", f"{owner.st_uid}:{owner.st_gid}", path))
    for name in ("box.db", "secret"):
        path = case.root / name
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            remedy = f"Run this as the user of the server; see '{shell('ls', '-l', path)}'."
            yield Finding("permissions", f"{path} cannot be used by this user", remedy)


def _closing(path: Path, mode: int) -> Mend:
    return Mend(partial(repairs.set_mode, path, mode), beside_server=True)
