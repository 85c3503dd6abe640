"""The streams of one container under measurement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from roughy_box.media.worker.probe.budget import allow
from roughy_box.media.worker.probe.extent import Extent
from roughy_box.media.worker.probe.timeline import Timeline
from roughy_box.media.worker.probe.track import Track
from roughy_box.media.worker.streams import MediaStream


class Tracks:
    """The streams of one container, by their index."""

    def __init__(self, streams: Sequence[MediaStream], demuxer: str) -> None:
        timelines: list[Timeline] = []
        self.by_index: dict[int, Track] = {}
        for stream in streams:
            track = self.by_index[stream.index] = Track(stream, demuxer, timelines)
            timelines.append(track.timeline)

    def __iter__(self) -> Iterator[Track]:
        return iter(self.by_index.values())

    def __len__(self) -> int:
        return len(self.by_index)

    @property
    def are_doubtful(self) -> bool:
        """Return whether the duration needs all of the sound decoded."""
        playing = [track for track in self if track.decoding.frames]
        return not playing or any(track.is_doubtful for track in playing)

    @property
    def playing(self) -> list[Extent]:
        """Return the extents of the tracks that decode."""
        return [extent for track in self if track.decoding.works and (extent := track.extent)]

    def count_samples(self) -> None:
        """Count the decoded sound, because all packets are decoded."""
        for track in self:
            track.is_whole = True

    def extend_budget(self) -> None:
        """Allow the computing time for what is known to play."""
        allow(sum((track.timeline.reached for track in self), Fraction(0)))
