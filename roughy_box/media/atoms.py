"""The boxes ("atoms") of QuickTime and MP4: size, type, contents. Source: QuickTime File Format, "Atoms"."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# Real files have a few, fragmented ones two for each second of a day.
_MOST = 200_000
_HEADER, _LONG_HEADER = 8, 16

Read = Callable[[int, int], bytes]  # an offset and a size to the bytes there


@dataclass(frozen=True, slots=True)
class Atom:
    """An atom: its type, where its contents start and where the atom ends, as offsets in the file."""

    type: bytes
    start: int
    end: int


def walk(read: Read, start: int, end: int) -> Iterator[Atom]:
    """Yield the atoms from ``start``, up to ``end`` or to the first that cannot be one.

    The last may claim to reach beyond ``end``. A size of 0 means "up to the end of the file".
    """
    for _ in range(_MOST):
        header = read(start, _LONG_HEADER)
        if start + _HEADER > end or len(header) < _HEADER:
            return
        size, kind = struct.unpack(">I4s", header[:_HEADER])
        length = _HEADER
        if size == 1 and len(header) == _LONG_HEADER:
            size, length = struct.unpack(">Q", header[_HEADER:])[0], _LONG_HEADER
        elif size == 0:
            size = end - start
        if size < length:
            return
        yield Atom(kind, start + length, start + size)
        start += size
