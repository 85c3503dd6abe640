"""Files that commands make: there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from roughy_box.base.files import sync
from roughy_box.client.errors import ClientError


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file of the user atomically, replacing the one that is there. Errors: ClientError ``file``."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with open(temporary, "w+b", opener=_open_own) as file:
            yield file
            file.flush()
            sync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ClientError(f"{path}: cannot be written: {error.strerror}.", "file") from None
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file as :func:`whole_file` does."""
    with whole_file(path) as file:
        file.write(content)


def _open_own(path: str, flags: int) -> int:
    # A link of that name in a shared folder must not lead elsewhere.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
