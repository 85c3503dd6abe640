"""How players turn and mirror the pictures of a file, from its display matrix; and the filters that do it."""

from __future__ import annotations

import struct
from typing import NamedTuple

from av import VideoFrame
from av.sidedata.sidedata import SideData

_MATRIX = "=9i"  # rows of (a, b, u), (c, d, v), (x, y, w), as ISO/IEC 14496-12, 6.2.2 has it
_TURNS = {0: [], 90: [("transpose", "clock")], 180: [("hflip", ""), ("vflip", "")], 270: [("transpose", "cclock")]}


class Orientation(NamedTuple):
    """Degrees clockwise, in steps of 90; a mirrored picture is mirrored left to right before it is turned."""

    rotation: int
    mirrored: bool

    @property
    def filters(self) -> list[tuple[str, str]]:
        """Return the filters that make a picture upright: their names and options."""
        return [*([("hflip", "")] if self.mirrored else []), *_TURNS[self.rotation]]


def orientation_of(frame: VideoFrame) -> Orientation:
    """Return how a decoded picture is shown."""
    area = _area(frame)
    if not area:  # it shows nothing, and has no angle
        return Orientation(0, False)
    mirrored = area < 0
    # The angle of a mirrored picture is that of one mirrored top to bottom, half a turn away.
    clockwise = -frame.rotation + (180 if mirrored else 0)
    return Orientation(round(clockwise / 90) * 90 % 360, mirrored)


def _area(frame: VideoFrame) -> int:
    """Return the determinant of the display matrix: below 0 where it mirrors, 0 where it is not valid."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(data, SideData):
        return 1
    a, b, _, c, d, *_ = struct.unpack_from(_MATRIX, memoryview(data))
    return int(a * d - b * c)
