"""Whether a server works on a data folder, asked from outside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from roughy_box.domain.errors import SetupError
from roughy_box.storage.folder import LOCK, Folder, serving_lock


@contextmanager
def held(root: Path) -> Iterator[bool]:
    """Keep servers from starting meanwhile; tells whether we could, or one has the folder already."""
    with ExitStack() as stack:
        try:
            stack.enter_context(serving_lock(Folder(root, box_id="")))
        except (SetupError, OSError):
            yield False
        else:
            _give_to_owner(root)
            yield True


def _give_to_owner(root: Path) -> None:
    """A lock file made by root must not keep the server's own user out."""
    if os.geteuid() == 0:
        owner = root.stat()
        os.chown(root / LOCK, owner.st_uid, owner.st_gid)
