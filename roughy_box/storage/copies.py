"""Copies of files: read in blocks, hashed on the way, durable before they get their name.

Reading many gigabytes does not evict the page cache of other files. All calls block.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from roughy_box.base.files import give_to_owner, sync
from roughy_box.base.progress import Progress

BLOCK = 1024**2  # bytes
# Bytes; larger files are dropped from the page cache as they are read, or they would evict everything else.
BIG = 256 * 1024**2
PART = ".part"


class ReadError(OSError):
    """A file exists but cannot be read."""


@dataclass(frozen=True, slots=True)
class Content:
    """The size of a copied file in bytes, and its SHA-256 in hex."""

    size: int
    sha256: str


def blocks(path: Path) -> Iterator[memoryview]:
    """Yield the bytes a file had when it was opened; each block is valid until the next one.

    Errors: :class:`FileNotFoundError`, :class:`ReadError`.
    """
    buffer = memoryview(bytearray(BLOCK))
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        position = 0
        while position < size and (count := _read(file, buffer[: size - position])):
            yield buffer[:count]
            if size >= BIG:
                _forget(file, position, count)
            position += count


def copy_file(source: Path, target: Path, *, mode: int, mtime_ns: int, progress: Progress) -> Content:
    """Copy ``source`` to ``target`` atomically and synced, replacing an existing file.

    The name is durable once the caller has synced the folder. Errors: those of :func:`blocks`, and
    :class:`OSError` of the target.
    """
    part = target.with_name(target.name + PART)
    digest, size = hashlib.sha256(), 0
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            for block in blocks(source):
                file.write(block)
                digest.update(block)
                size += len(block)
                progress.advance(len(block))
            # Some file systems (exFAT) have no permissions.
            with suppress(PermissionError):
                os.fchmod(descriptor, mode)
            file.flush()
            os.utime(descriptor, ns=(mtime_ns, mtime_ns))
            sync(descriptor)
        give_to_owner(part)
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return Content(size, digest.hexdigest())


def link_file(source: Path, target: Path) -> bool:
    """Hard-link ``source`` as ``target``; return False where the file system cannot do that.

    Errors: :class:`FileNotFoundError` when ``source`` is missing.
    """
    part = target.with_name(target.name + PART)
    part.unlink(missing_ok=True)
    try:
        # Resolved, so that a symbolic link is followed and not linked itself.
        os.link(source.resolve(strict=True), part)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    os.replace(part, target)
    # Renaming one link to another link of the same file does nothing (rename(2)).
    part.unlink(missing_ok=True)
    return True


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ReadError(error.errno, error.strerror, str(path)) from None


def _read(file: BinaryIO, buffer: memoryview) -> int:
    try:
        return os.readv(file.fileno(), [buffer])
    except OSError as error:
        raise ReadError(error.errno, error.strerror, file.name) from None


def _forget(file: BinaryIO, position: int, count: int) -> None:
    if sys.platform != "darwin" and hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), position, count, os.POSIX_FADV_DONTNEED)
