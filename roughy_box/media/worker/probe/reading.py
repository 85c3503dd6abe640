"""The packets of a container, from the first to the last that can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias, cast

import av
from av.container import InputContainer
from av.packet import Packet

from roughy_box.media.worker.confine import memory_is_left
from roughy_box.media.worker.probe.gaps import Gaps
from roughy_box.media.worker.probe.tracks import Tracks
from roughy_box.media.worker.streams import MediaStream

Packets: TypeAlias = "Iterator[Packet[MediaStream]]"
Add: TypeAlias = "Callable[[Packet[MediaStream]], None]"
# Players go on after an error, until there is one after the other.
_ERRORS_IN_A_ROW = 10
# A file whose last packet is this far from its end was not read to the end.
_REST = 64 * 1024
_REST_PART = 20


class Reading:
    """One pass over a container. ``size`` is that of the file in bytes."""

    def __init__(self, container: InputContainer, tracks: Tracks, size: int, gaps: Gaps | None) -> None:
        self.size = size
        self.taken = 0
        self._tracks = tracks
        self._failed = False
        packets = self._packets(container, [track.stream for track in tracks])
        self.packets = gaps.watch(packets) if gaps else packets

    def take(self, adds: Mapping[int, Add], most: int) -> int:
        """Hand up to ``most`` packets to ``adds`` by the index of their stream, and return how many there were."""
        number, get = 0, adds.get
        for number, packet in enumerate(islice(self.packets, most), 1):  # noqa: B007
            # The empty packets at the end all name the first stream, whether it is one of ours or not.
            if add := get(packet.stream_index):
                add(packet)
        self.taken += number
        return number

    @property
    def reached(self) -> int:
        """Return where in the file the last packets end."""
        last = (track.timeline.tail[-1] for track in self._tracks if track.timeline.tail)
        return max((packet.pos + packet.size for packet in last if packet.pos is not None), default=0)

    @property
    def stopped_early(self) -> bool:
        """Return whether reading failed far from the end of the file."""
        return self._failed and self.size - self.reached > max(_REST, self.size // _REST_PART)

    def _packets(self, container: InputContainer, streams: Sequence[MediaStream]) -> Packets:
        errors = 0
        while errors < _ERRORS_IN_A_ROW:
            try:
                for packet in cast("Packets", container.demux(*streams)):
                    errors = 0
                    yield packet
                return
            except MemoryError:
                if not memory_is_left():
                    raise
                break
            except av.FFmpegError:
                errors += 1
            except IndexError:
                # At the end, PyAV looks in vain for a stream that came after the file was opened.
                return
        self._failed = True
