"""Measuring sound alone: by its packets where these can be trusted, else by decoding all of it.

Decoding costs ten times as much as reading, and mostly repeats the headers of the packets. So a first pass
decodes samples of the sound: the start, a piece every few minutes, and pieces ever closer to the end. Where they
fail or disagree with the packets, a second pass decodes everything.
"""

from __future__ import annotations

from roughy_box.media.worker.probe.extent import Extent
from roughy_box.media.worker.probe.reading import Reading
from roughy_box.media.worker.probe.tracks import Tracks

# Packets of each track, of about 20 ms each.
_START, _PIECE, _BETWEEN = 1000, 25, 9000


def sample(tracks: Tracks, reading: Reading) -> list[Extent]:
    """Return the extents by all packets, of which some are decoded."""
    adds = {index: track.take_if_it_decodes for index, track in tracks.by_index.items()}
    most = _START * len(tracks)
    if reading.take(adds, most) < most:
        tracks.count_samples()
        return tracks.playing
    most = 0
    while reading.take(adds, most) == most:
        if skipped := _until_next_piece(reading, len(tracks)):
            quick = {
                i: track.try_out if track.decoding.undecided else track.add for i, track in tracks.by_index.items()
            }
            reading.take(quick, skipped)
            tracks.extend_budget()
            for track in tracks:
                track.decoding.restart()
        most = _PIECE * len(tracks)
    return tracks.playing


def decode_all(tracks: Tracks, reading: Reading) -> list[Extent]:
    """Return the extents by the packets that decode, of the tracks that mostly do."""
    tracks.count_samples()
    adds = {index: track.take_if_it_decodes for index, track in tracks.by_index.items()}
    while reading.take(adds, _BETWEEN) == _BETWEEN:
        tracks.extend_budget()
    return tracks.playing


def _until_next_piece(reading: Reading, tracks: int) -> int:
    """Return the number of packets to skip: half of those left, by the size of the file, and none near its end."""
    if not reading.reached:
        return _BETWEEN * tracks
    left = (reading.size - reading.reached) * reading.taken // reading.reached
    return min(_BETWEEN * tracks, left // 2) if left > 4 * _PIECE * tracks else 0
