"""Deciding between a header and the packets where they claim different durations. Seconds throughout."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from math import isfinite

import av
from av.container import InputContainer

from roughy_box.media.worker.probe.extent import LONGEST_PAUSE, Extent
from roughy_box.media.worker.probe.splices import FREE_RUNNING

# These estimate their duration from a bit rate or from the first and last clock they see.
_GUESSING = frozenset({"aac", "ac3", "amr", "dts", "dtshd", "eac3", "flv", "mpeg", "mpegts"})
_FLV_DURATION = b"\x00\x08duration\x00"  # the name of a property and the type of its value, a double


def promised(container: InputContainer, demuxer: str, head: bytes) -> Fraction:
    """Return the duration in the header, 0 without one; ffmpeg leaves out subtitles that run on after the rest."""
    if demuxer == "flv":
        return _stated_by_flv(head)
    return Fraction(0) if demuxer in _GUESSING else Fraction(container.duration or 0, av.time_base)


def reconcile(demuxer: str, header: Fraction, extents: Sequence[Extent]) -> Fraction:
    """Return the duration of media from the promise of its header and the extents of its packets.

    The header is finer (it knows the cut of an edit list or a decoder within a packet), so the smaller of the two
    counts where they agree; otherwise only the packets count.
    """
    if not extents:
        return Fraction(0)
    scanned = covered(demuxer, header, extents)
    if header <= 0 or demuxer in _GUESSING:
        return scanned
    first = min(extent.first for extent in extents)
    header = as_duration(header, first, first + scanned)
    cut_in_last_packet = demuxer == "mov" and max(extent.last for extent in extents) - first < header
    return min(header, scanned) if is_close(header, scanned) or cut_in_last_packet else scanned


def covered(demuxer: str, header: Fraction, extents: Sequence[Extent]) -> Fraction:
    """Return the time from the first start to the last end of all streams.

    Leaps of a clock and a stream that begins much later than another count where the header agrees; a clock that the
    header contradicts is damaged.
    """
    firsts, first = [extent.first for extent in extents], min(extent.first for extent in extents)
    end, claimed = max(extent.end for extent in extents), max(extent.claimed for extent in extents)
    if claimed > end and header > 0 and is_close(as_duration(header, first, claimed), claimed - first):
        return claimed - first
    is_far_apart = max(firsts) - first > LONGEST_PAUSE and demuxer not in FREE_RUNNING
    is_contradicted = header > 0 and not is_close(as_duration(header, first, end), end - first)
    if is_far_apart and (is_contradicted or any(extent.went_back for extent in extents)):
        return max(extent.end - extent.first for extent in extents)
    return end - first


def as_duration(header: Fraction, first: Fraction, end: Fraction) -> Fraction:
    """Return what a header promises as a duration; for a recording joined late it names the end instead."""
    names_the_end = first > 1 and abs(header - end) < abs(header - (end - first))
    return header - first if names_the_end else header


def is_close(header: Fraction, scanned: Fraction) -> bool:
    """Return whether a header and the packets agree on the duration."""
    return abs(header - scanned) <= max(Fraction(1, 4), scanned / 500)


def _stated_by_flv(head: bytes) -> Fraction:
    """Return the duration in the ``onMetaData`` of FLV; without one, ffmpeg takes that of the last tag."""
    _, key, value = head.partition(_FLV_DURATION)
    seconds = struct.unpack(">d", value[:8])[0] if key and len(value) >= 8 else 0.0
    return Fraction(seconds) if isfinite(seconds) else Fraction(0)
