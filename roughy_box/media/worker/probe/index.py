"""The index of a QuickTime or MP4 file, as far as ffmpeg does not hand it on."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from fractions import Fraction

from roughy_box.media import atoms
from roughy_box.media.worker.file import Readable
from roughy_box.media.worker.probe.duration import is_close

_LONGEST_IN_FRAGMENTS = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Index:
    """``duration`` is that of the movie header in seconds, 0 if unknown.

    ``is_fragmented``: the media come in fragments that the index does not list, so none of them can be missing.
    """

    duration: Fraction = Fraction(0)
    is_fragmented: bool = False

    def confirms(self, header: Fraction, leap: Fraction) -> bool:
        """Return whether the index bears out a duration that ffmpeg computed from its tables, ``leap`` included.

        Fragments often have no second witness to their clock, which one damaged number sends far away.
        """
        if self.is_fragmented and not self.duration:
            return leap <= _LONGEST_IN_FRAGMENTS
        return not self.duration or is_close(self.duration, header)


def read_index(file: Readable) -> Index:
    """Return the index of ``file``, an empty one if there is none."""

    def read(start: int, size: int) -> bytes:
        file.seek(start)
        return file.read(size)

    for movie in atoms.walk(read, 0, file.seek(0, os.SEEK_END)):
        if movie.type == b"moov":
            inside = {atom.type: atom for atom in atoms.walk(read, movie.start, movie.end)}
            header = read(inside[b"mvhd"].start, 32) if b"mvhd" in inside else b""
            return Index(_duration(header), b"mvex" in inside)
    return Index()


def _duration(header: bytes) -> Fraction:
    """Return the duration in the contents of an ``mvhd``. Source: ISO/IEC 14496-12, 8.2.2."""
    if len(header) < 32:
        return Fraction(0)
    scale, ticks = struct.unpack_from(">IQ", header, 20) if header[0] else struct.unpack_from(">II", header, 12)
    return Fraction(ticks, scale) if scale else Fraction(0)
