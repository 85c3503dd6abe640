"""What to believe when a header and the packets tell different lengths. Seconds throughout."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
from av.container import InputContainer

from roughy_box.media.worker.probe.timeline import LONGEST_PAUSE, Extent

# These estimate their length from a bit rate or from the first and last clock they see.
_GUESSING = frozenset({"aac", "ac3", "amr", "dts", "dtshd", "eac3", "flv", "mpeg", "mpegts"})


def promised(container: InputContainer) -> Fraction:
    """What the header says, 0 if nothing; ffmpeg leaves out subtitles that run on after the rest."""
    return Fraction(container.duration or 0, av.time_base)


def covered(extents: Sequence[Extent]) -> Fraction:
    """From the first start to the last end of streams on one clock; the longest where a clock is damaged."""
    firsts = [extent.first for extent in extents]
    if max(firsts) - min(firsts) > LONGEST_PAUSE:
        return max(extent.end - extent.first for extent in extents)
    return max(extent.end for extent in extents) - min(firsts)


def reconcile(demuxer: str, header: Fraction, extents: Sequence[Extent]) -> Fraction:
    """The length of a film from what its header promises and what its packets cover.

    The header is finer (it knows where an edit list or a decoder cuts within a packet), so the
    smaller of the two counts where they agree; where they do not, only the packets count.
    """
    if not extents:
        return Fraction(0)
    first = min(extent.first for extent in extents)
    scanned = covered(extents)
    if header <= 0 or demuxer in _GUESSING:
        return scanned
    cut_in_last_packet = demuxer == "mov" and max(extent.last for extent in extents) - first < header
    close = abs(header - scanned) <= max(Fraction(1, 4), scanned / 500)
    return min(header, scanned) if close or cut_in_last_packet else scanned
