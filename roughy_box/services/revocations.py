"""Word of revoked keys from the command line to the server on the same data folder.

The one file grows with every revoked key, and the server looks at it; in the other it confirms what it has seen. So no
request waits for the disk to learn whether its key still counts, and a key is refused once its revocation returns.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

from roughy_box.base.files import give_to_owner
from roughy_box.domain.errors import SetupError
from roughy_box.storage.folder import is_served

FILES = ("revocations", "revocations.seen")
LOOK_EVERY = 0.2  # seconds
PATIENCE = 10.0  # seconds for the server to confirm
_LENGTH = 64  # bytes of a confirmation, always as many: a full disk has room for it, too


def announce(root: Path) -> None:
    """Note that a key was revoked."""
    path = root / FILES[0]
    with path.open("ab") as word:
        word.write(b".")
    give_to_owner(path)


def latest(root: Path) -> bytes:
    """Return what tells the last revocation from those before it."""
    try:
        status = os.stat(root / FILES[0])
    except FileNotFoundError:
        return b"none"
    return b"%d %d" % (status.st_size, status.st_mtime_ns)


def confirm(root: Path, seen: bytes) -> None:
    """Note that the keys revoked up to ``seen`` are refused from now on."""
    path = root / FILES[1]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, seen.ljust(_LENGTH), 0)
    finally:
        os.close(descriptor)
    give_to_owner(path)


async def wait_until_confirmed(root: Path) -> None:
    """Wait until a running server refuses all keys revoked by now. Errors: :class:`SetupError` if it does not."""
    deadline = time.monotonic() + PATIENCE
    while not _is_confirmed(root) and is_served(root):
        if time.monotonic() > deadline:
            raise SetupError(
                "The key is revoked, but the running server has not confirmed it. It may be busy: it refuses the key "
                "within a minute. Run this again to be sure, or restart the server."
            )
        await asyncio.sleep(LOOK_EVERY / 4)


def _is_confirmed(root: Path) -> bool:
    with suppress(FileNotFoundError):
        return (root / FILES[1]).read_bytes().rstrip() == latest(root)
    return False
