"""Stretches of a file without packets of the streams known from its start.

ffmpeg finds the streams of a transport or program stream as they come, but PyAV hands on none that comes after the
file was opened. Material spliced in there is measured as a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from av.packet import Packet

from roughy_box.media.worker.streams import MediaStream

# Tables, stuffing and other data fill less than this between two packets, as a rule.
_GAP = 32 * 1024
# The headers of the container take up less than this part of a packet.
_OVERHEAD = 8
# More than these are stuffing after all.
_MOST = 16


class Gaps:
    """The stretches of bytes between the packets that were read."""

    def __init__(self) -> None:
        self._reached = 0
        self._filled = 0
        self._found: list[tuple[int, int]] = []

    def watch(self, packets: Iterator[Packet[MediaStream]]) -> Iterator[Packet[MediaStream]]:
        """Hand on ``packets`` and note their places."""
        for packet in packets:
            self._note(packet.pos, packet.size)
            yield packet

    def _note(self, position: int | None, size: int) -> None:
        start = self._reached if position is None else position
        stop = start + size + size // _OVERHEAD
        if start - self._reached > _GAP:
            self._found.append((self._filled, start))
        elif self._found and start < self._found[-1][1]:
            self._fill(start, stop)
        if stop > self._reached:
            # The gap after this packet may start early but not late: its first picture is the key frame.
            self._reached, self._filled = stop, start + size

    def _fill(self, start: int, stop: int) -> None:
        """Remove the bytes of a packet that was held back until it was complete."""
        pieces = [piece for a, b in self._found for piece in ((a, min(b, start)), (max(a, stop), b))]
        self._found = [(a, b) for a, b in pieces if b - a > _GAP]

    def up_to(self, size: int) -> list[tuple[int, int]]:
        """Return the largest gaps of a file of ``size`` bytes, in the order of the file."""
        tail = [(self._filled, size)] if size - self._reached > _GAP else []
        return sorted(sorted(self._found + tail, key=lambda gap: gap[0] - gap[1])[:_MOST])
