"""From when to when the pictures of a file play, and if their rate varies: from few packets where that will do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise

import av
from av import VideoStream
from av.container import InputContainer
from av.packet import Packet

from roughy_box.media.worker.probe.splices import FREE_RUNNING
from roughy_box.media.worker.streams import time_base

_HEAD = 400  # packets
_TAILS = (10, 60, 600)  # seconds before the end where the last picture is looked for
_TOLERATED = 50  # one interval in so many may be another without the rate being variable


@dataclass(frozen=True, slots=True)
class Extent:
    """Seconds on the file's own clock: the first picture, and the end of the last one."""

    first: Fraction
    end: Fraction
    variable: bool


def measure_extent(container: InputContainer, stream: VideoStream, rate: Fraction, duration: Fraction) -> Extent:
    """Return the extent of the pictures of a file that plays for ``duration`` seconds."""
    demuxer = container.format.name.split(",")[0]
    base = time_base(stream)
    times = sorted(packet.pts for packet in islice(_demuxed(container, stream), _HEAD) if packet.pts is not None)
    start = times[0] if times else stream.start_time or 0
    if demuxer == "mov" and stream.start_time is not None and stream.duration:
        # The index of an MP4 names every picture, and its edit list is applied to both numbers.
        first = stream.start_time * base
        variable = _varies([entry.timestamp for entry in stream.index_entries], base, rate)
        return Extent(first, first + stream.duration * base, variable)
    first, variable = start * base, _varies(times, base, rate)
    end = first + duration
    if demuxer not in FREE_RUNNING or _is_one_clock(container, duration):
        end = _last(container, stream, rate, first, end) or end
    return Extent(first, min(end, first + duration), variable)


def _is_one_clock(container: InputContainer, duration: Fraction) -> bool:
    """Return if the clock of a stream without an index runs through: it was restarted where it says another time."""
    promised = Fraction(container.duration or 0, av.time_base)
    return abs(promised - duration) <= 1 + duration / 50


def _varies(times: list[int], base: Fraction, rate: Fraction) -> bool:
    """Return if more than a few intervals are far from one frame: some formats round times to milliseconds."""
    near = 1 / rate / 4
    intervals = [after - before for before, after in pairwise(times)]
    counted = {interval: abs(interval * base - 1 / rate) > near for interval in set(intervals)}
    return sum(counted[interval] for interval in intervals) * _TOLERATED > len(intervals)


def _last(
    container: InputContainer, stream: VideoStream, rate: Fraction, first: Fraction, end: Fraction
) -> Fraction | None:
    """Return when the last picture ends; pictures may end long before the sound."""
    base = time_base(stream)
    for back in (*_TAILS, None):
        place = None if back is None or end - first < back else int((end - back) / base)
        ends = [
            packet.pts * base + max((packet.duration or 0) * base, 1 / rate)
            for packet in _packets(container, stream, place)
            if packet.pts is not None
        ]
        if ends or place is None:
            return max(ends, default=None)
    return None


def _packets(container: InputContainer, stream: VideoStream, place: int | None) -> Iterator[Packet[VideoStream]]:
    """Yield the packets of the stream from a place on, or from its beginning, as far as they can be read."""
    try:
        container.seek((stream.start_time or 0) if place is None else place, stream=stream)
    except av.FFmpegError:
        return
    yield from _demuxed(container, stream)


def _demuxed(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    try:
        yield from container.demux(stream)
    except (av.FFmpegError, IndexError):
        return
