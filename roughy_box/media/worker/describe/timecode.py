"""The timecode of a file: of a ``tmcd`` track at that track's own rate, of Sony's ``rtmd``, of a tag, or in samples."""

from __future__ import annotations

import os
import re
from fractions import Fraction

from av import VideoStream
from av.container import InputContainer

from roughy_box.media.atoms import Read, walk
from roughy_box.media.worker.file import Readable

_LARGEST_INDEX, _LARGEST_TEXT = 256 * 1024**2, 1024**2  # bytes
_FASTEST = 240  # frames a second
# A sample description (QuickTime File Format, "Timecode Sample Description"): reserved, index, reserved, flags,
# time scale, duration of a frame. An index of 0 is that of a handler with the same name.
_ENTRY = re.compile(rb"tmcd\0{6}(?!\0\0)..\0{4}.{4}(.{4})(.{4})", re.DOTALL)
_LABEL = re.compile(r"\d\d:\d\d:\d\d[:;.,]\d{2,3}", re.ASCII)
# Cameras of Sony: a label counts at most 30 frames a second (SMPTE ST 12-1), and XML in the file has its rate and its
# first value, as the digits of frames, seconds, minutes, hours; bit 6 says drop-frame.
_SONY = b"rtmd"
_MOST_LABELS = 30
_SONY_RATE = re.compile(rb'<LtcChangeTable\s[^>]{0,200}?tcFps="(\d{2,3})"')
_SONY_FIRST = re.compile(rb'<LtcChange\s[^>]{0,200}?value="([0-9A-Fa-f]{2})[0-9A-Fa-f]{6}"')
_DROP = 0x40


def find_timecode(
    file: Readable, container: InputContainer, stream: VideoStream, rate: Fraction
) -> tuple[str, Fraction] | None:
    """Return the timecode of the first picture as a label, and the rate at which it counts."""
    tracks = [each.metadata for each in container.streams if each.type == "data"]
    for tags in (*tracks, stream.metadata, container.metadata):
        label = tags.get("timecode", "").strip()
        if _LABEL.fullmatch(label):
            return _of_index(file, label, rate) if container.format.name.startswith("mov") else (label, rate)
    return None


def _of_index(file: Readable, label: str, rate: Fraction) -> tuple[str, Fraction]:
    """Return the label of a QuickTime file, as its track means it, and the rate of that track."""
    index = _box(file, b"moov", _LARGEST_INDEX)
    if own := _rate_of_track(index):
        return label, own
    return _of_sony(_box(file, b"meta", _LARGEST_TEXT), label, rate) if _SONY in index else (label, rate)


def _of_sony(text: bytes, label: str, rate: Fraction) -> tuple[str, Fraction]:
    """Return a label of Sony's metadata track, which does not say drop-frame itself, and its rate."""
    first = _SONY_FIRST.search(text)
    if first and int(first[1], 16) & _DROP:
        label = f"{label[:8]};{label[9:]}"
    steps = _steps(text, round(rate))
    return label, rate / steps if int(label[9:]) < round(rate / steps) else rate


def _steps(text: bytes, pictures: int) -> int:
    """Return how many pictures have the same label: as the XML says, else as few as that can be."""
    match = _SONY_RATE.search(text)
    labels = int(match[1]) if match else 0
    if labels and pictures % labels == 0:
        return pictures // labels
    return next((steps for steps in (1, 2, 4, 8) if pictures <= steps * _MOST_LABELS), 1)


def find_samples(container: InputContainer) -> int | None:
    """Return the first sample of a broadcast wave file, counted from midnight (EBU Tech 3285, ``TimeReference``)."""
    for tags in (container.metadata, *(each.metadata for each in container.streams)):
        text = tags.get("time_reference", "")
        if text.isascii() and text.isdigit() and 0 < len(text) < 19:
            return int(text) or None
    return None


def _rate_of_track(index: bytes) -> Fraction | None:
    """Return the rate of the timecode track, which ffmpeg keeps to itself; None where there is none."""
    for match in _ENTRY.finditer(index):
        scale, length = (int.from_bytes(match[group]) for group in (1, 2))
        if scale and length and 1 <= Fraction(scale, length) <= _FASTEST:
            return Fraction(scale, length)
    return None


def _box(file: Readable, kind: bytes, most: int) -> bytes:
    """Return the contents of the first box of a kind in an MP4, at most so many bytes; empty where there is none."""
    found = (atom for atom in walk(_reader(file), 0, file.seek(0, os.SEEK_END)) if atom.type == kind)
    for atom in found:
        return _reader(file)(atom.start, min(atom.end - atom.start, most))
    return b""


def _reader(file: Readable) -> Read:
    def read(start: int, size: int) -> bytes:
        file.seek(start)
        return file.read(size)

    return read
