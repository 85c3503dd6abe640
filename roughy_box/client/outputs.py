"""Files that commands make: written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from roughy_box.base.files import sync
from roughy_box.client.errors import ClientError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of the user atomically, replacing the one that is there. Errors: ClientError ``file``."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with open(temporary, "wb", opener=_open_own) as file:
            file.write(content)
            file.flush()
            sync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise ClientError(f"{path}: cannot be written: {error.strerror}.", "file") from None


def _open_own(path: str, flags: int) -> int:
    # A link of that name in a shared folder must not lead elsewhere.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
