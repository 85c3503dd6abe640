"""Measuring video: all packets are timed, each stream is decoded only until it proves that it plays."""

from __future__ import annotations

from roughy_box.media.worker.probe.extent import Extent
from roughy_box.media.worker.probe.reading import Reading
from roughy_box.media.worker.probe.tracks import Tracks

_TRIAL, _BATCH = 50, 50_000


def watch(tracks: Tracks, reading: Reading) -> list[Extent]:
    """Return the extents of the streams that decode, none if no picture does."""
    more = True
    while more:
        undecided = any(track.decoding.undecided for track in tracks)
        adds = {index: track.try_out if undecided else track.add for index, track in tracks.by_index.items()}
        most = max(_TRIAL, 2 * len(tracks)) if undecided else _BATCH
        more = reading.take(adds, most) == most
        tracks.extend_budget()
    if not any(track.decoding.frames for track in tracks if not track.is_sound):
        return []
    return [extent for track in tracks if track.decoding.frames and (extent := track.extent)]
