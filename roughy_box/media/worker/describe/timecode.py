"""The timecode of a file: of a ``tmcd`` track at that track's own rate, of a tag, or of a broadcast wave file."""

from __future__ import annotations

import os
import re
import struct
from fractions import Fraction

from av import VideoStream
from av.container import InputContainer

from roughy_box.media.worker.file import Readable

_BOX = struct.Struct(">I4s")
_LARGE = struct.Struct(">Q")
_LARGEST_INDEX = 256 * 1024**2  # bytes
_FASTEST = 240  # frames a second
_MOST_BOXES = 10_000
# A sample description (QuickTime File Format, "Timecode Sample Description"): reserved, index, reserved, flags,
# time scale, duration of a frame. An index of 0 is that of a handler with the same name.
_ENTRY = re.compile(rb"tmcd\0{6}(?!\0\0)..\0{4}.{4}(.{4})(.{4})", re.DOTALL)
_LABEL = re.compile(r"\d\d:\d\d:\d\d[:;.,]\d{2,3}", re.ASCII)


def find_timecode(
    file: Readable, container: InputContainer, stream: VideoStream, rate: Fraction
) -> tuple[str, Fraction] | None:
    """Return the timecode of the first picture as a label, and the rate at which it counts."""
    tracks = [each.metadata for each in container.streams if each.type == "data"]
    for tags in (*tracks, stream.metadata, container.metadata):
        label = tags.get("timecode", "").strip()
        if _LABEL.fullmatch(label):
            own = _rate_of_track(file) if container.format.name.startswith("mov") else None
            return label, own or rate
    return None


def find_samples(container: InputContainer) -> int | None:
    """Return the first sample of a broadcast wave file, counted from midnight (EBU Tech 3285, ``TimeReference``)."""
    for tags in (container.metadata, *(each.metadata for each in container.streams)):
        text = tags.get("time_reference", "")
        if text.isascii() and text.isdigit() and 0 < len(text) < 19:
            return int(text) or None
    return None


def _rate_of_track(file: Readable) -> Fraction | None:
    """Return the rate of the timecode track, which ffmpeg keeps to itself; None where there is none."""
    for match in _ENTRY.finditer(_index(file)):
        scale, length = (int.from_bytes(match[group]) for group in (1, 2))
        if scale and length and 1 <= Fraction(scale, length) <= _FASTEST:
            return Fraction(scale, length)
    return None


def _index(file: Readable) -> bytes:
    """Return the box ``moov`` of an MP4, empty where it cannot be found."""
    size, place = file.seek(0, os.SEEK_END), 0
    for _ in range(_MOST_BOXES):
        file.seek(place)
        head = file.read(_BOX.size + _LARGE.size)
        if len(head) < _BOX.size:
            return b""
        length, kind = _BOX.unpack_from(head)
        if length == 1 and len(head) == _BOX.size + _LARGE.size:
            (length,) = _LARGE.unpack_from(head, _BOX.size)
        length = length or size - place
        if kind == b"moov":
            file.seek(place)
            return file.read(min(length, _LARGEST_INDEX))
        if length < _BOX.size:
            return b""
        place += length
    return b""
