"""Whole files given a second place: read in pieces, hashed on the way, durable before they have a name.

A reader of many gigabytes leaves the page cache to those who need it. All calls block.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from roughy_box.base.progress import Progress

PIECE = 1024**2
# From this size on what was read is given back: the file would push everything else out of memory.
BIG = 256 * 1024**2
PART = ".part"


class ReadError(OSError):
    """The bytes of a file that is there cannot be read."""


@dataclass(frozen=True, slots=True)
class Content:
    """What was copied: bytes, and their SHA-256 in hex."""

    size: int
    sha256: str


def pieces(path: Path) -> Iterator[memoryview]:
    """The bytes a file had when it was opened; each piece is good until the next one.

    Errors: :class:`FileNotFoundError`, :class:`ReadError`.
    """
    buffer = memoryview(bytearray(PIECE))
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        position = 0
        while position < size and (count := _read(file, buffer[: size - position])):
            yield buffer[:count]
            if size >= BIG:
                _forget(file, position, count)
            position += count


def copy_file(source: Path, target: Path, *, mode: int, mtime_ns: int, progress: Progress) -> Content:
    """Copy ``source`` to ``target``, replacing what is there, whole or not at all, synced.

    The name is durable once the caller has synced the folder. Errors: those of :func:`pieces`, and
    :class:`OSError` of the target.
    """
    part = target.with_name(target.name + PART)
    digest, size = hashlib.sha256(), 0
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            for piece in pieces(source):
                file.write(piece)
                digest.update(piece)
                size += len(piece)
                progress.advance(len(piece))
            # Some disks (exFAT) know no permissions.
            with suppress(PermissionError):
                os.fchmod(descriptor, mode)
            file.flush()
            os.utime(descriptor, ns=(mtime_ns, mtime_ns))
            os.fsync(descriptor)
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return Content(size, digest.hexdigest())


def link_file(source: Path, target: Path) -> bool:
    """Make ``target`` another name of the bytes of ``source``; False where the disk cannot do that.

    Errors: :class:`FileNotFoundError` when ``source`` is gone.
    """
    part = target.with_name(target.name + PART)
    part.unlink(missing_ok=True)
    try:
        # Resolved: the name of a link must not become the name of the link itself.
        os.link(source.resolve(strict=True), part)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    os.replace(part, target)
    # A rename between two names of the same bytes does nothing (rename(2)).
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
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), position, count, os.POSIX_FADV_DONTNEED)
