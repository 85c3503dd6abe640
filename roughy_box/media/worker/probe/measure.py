"""How long media plays and what it is, from its bytes. Runs in the child.

The duration is the bill: a header is believed only as far as the packets or the decoded sound
bear it out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias, cast

import av
from av.container import InputContainer
from av.packet import Packet

from roughy_box.domain.asset import Failure, FailureCode, MediaKind, Preparation
from roughy_box.media import formats
from roughy_box.media.worker.confine import memory_is_left
from roughy_box.media.worker.open import Readable, Window, open_untrusted
from roughy_box.media.worker.probe.duration import covered, promised, reconcile
from roughy_box.media.worker.probe.gaps import Gaps
from roughy_box.media.worker.probe.timeline import FREE_RUNNING
from roughy_box.media.worker.probe.track import Tracks
from roughy_box.media.worker.streams import MediaStream, kind_of, media_streams

Packets: TypeAlias = "Iterator[Packet[MediaStream]]"
_SIGNATURE = 4096
# A splice within a splice within a splice: nobody makes more by accident.
_DEPTH = 3
_UNREADABLE = Failure(FailureCode.UNREADABLE_MEDIA, "No audio or video could be opened in this file.")
_INSATIABLE = Failure(
    FailureCode.UNREADABLE_MEDIA, "This file asks for more memory than there is: its index is damaged or too long."
)
_NO_STREAM = Failure(FailureCode.UNREADABLE_MEDIA, "This file holds neither audio nor video.")
_UNDECODABLE = Failure(
    FailureCode.CORRUPT_MEDIA, "This file opens but does not decode: it is damaged, encrypted or in an unknown codec."
)
_TRUNCATED = Failure(FailureCode.CORRUPT_MEDIA, "This file ends early: its index promises more than there is.")
_EMPTY = Failure(FailureCode.CORRUPT_MEDIA, "There is nothing to play in this file.")


def probe(file: Readable) -> Preparation | Failure:
    """The verdict on ``file``.

    Errors: ``MemoryError`` beyond the limit of the process, ``OSError`` when the disk fails;
    neither says anything about the media.
    """
    outcome = _probe(file, formats.demuxers(), _DEPTH)
    if isinstance(outcome, Failure):
        return outcome
    kind, seconds = outcome
    duration_ms = round(seconds * 1000)
    return Preparation(kind, duration_ms) if duration_ms > 0 else _EMPTY


def _probe(file: Readable, demuxers: Sequence[str], depth: int) -> tuple[MediaKind, Fraction] | Failure:
    file.seek(0)
    head = file.read(_SIGNATURE)
    file.seek(0)
    gaps = Gaps()
    try:
        container = open_untrusted(file, demuxers)
    except MemoryError:
        if memory_is_left():
            return _INSATIABLE
        raise
    except av.FFmpegError:
        return _UNREADABLE
    with container:
        demuxer = container.format.name.split(",")[0]
        outcome = _examine(container, head, gaps)
    if isinstance(outcome, Failure) or demuxer not in FREE_RUNNING or not depth:
        return outcome
    kind, seconds = outcome
    return kind, seconds + sum(_spliced(file, gap, demuxer, depth - 1) for gap in gaps.up_to(file.seek(0, os.SEEK_END)))


def _spliced(file: Readable, gap: tuple[int, int], demuxer: str, depth: int) -> Fraction:
    """What streams that come late play where the early ones have nothing."""
    outcome = _probe(Window(file, *gap), [demuxer], depth)
    return Fraction(0) if isinstance(outcome, Failure) else outcome[1]


def _examine(container: InputContainer, head: bytes, gaps: Gaps) -> tuple[MediaKind, Fraction] | Failure:
    family = formats.family_of(container.format.name, head)
    streams = [stream for stream in media_streams(container) if family.video or stream.type == "audio"]
    if not streams:
        return _NO_STREAM
    kind = kind_of(family, streams)
    demuxer = family.demuxers[0]
    packets = _packets(container, streams)
    if demuxer in FREE_RUNNING:
        packets = gaps.watch(packets)
    measured = _measure(container, demuxer, kind, Tracks(streams, demuxer), packets)
    return measured if isinstance(measured, Failure) else (kind, measured)


def _measure(
    container: InputContainer, demuxer: str, kind: MediaKind, tracks: Tracks, packets: Packets
) -> Fraction | Failure:
    if kind.type == "video":
        played = _watch(tracks, packets, demuxer, promised(container))
    else:
        played = _listen(tracks, packets, demuxer)
    if isinstance(played, Failure) or demuxer != "mov":
        return played
    # The index of an MP4 names every byte; streams that merely stop are left with what plays.
    missing = promised(container) - played
    return _TRUNCATED if missing > played / 50 + 1 else played


def _listen(tracks: Tracks, packets: Packets, demuxer: str) -> Fraction | Failure:
    """The longest sound, decoded as a whole; PCM has no frames to doubt and is counted by its bytes."""
    for packet in packets:
        track = tracks.by_index[packet.stream.index]
        track.add(packet)
        if not track.pcm_rate or track.decoding.undecided:
            track.decoding.feed(packet)
    working = [track for track in tracks if track.decoding.works]
    if not working:
        return _UNDECODABLE
    longest = max(track.heard for track in working)
    extents = [extent for track in working if (extent := track.timeline.extent)]
    in_turn = covered(extents) if demuxer in FREE_RUNNING and len(extents) > 1 else Fraction(0)
    # Sounds of a splice play one after the other; those side by side cover what the longest does.
    return in_turn if in_turn > longest * Fraction(51, 50) + Fraction(1, 2) else longest


def _watch(tracks: Tracks, packets: Packets, demuxer: str, header: Fraction) -> Fraction | Failure:
    """The extent of all packets; each stream is decoded only until it proves that it can be."""
    undecided = set(tracks)
    for packet in packets:
        track = tracks.by_index[packet.stream.index]
        track.add(packet)
        if track in undecided:
            track.decoding.feed(packet)
            undecided = {track for track in undecided if track.decoding.undecided}
            if not undecided:
                break
    _run_through(tracks, packets)
    if not any(track.decoding.frames for track in tracks if track.stream.type == "video"):
        return _UNDECODABLE
    extents = [track.timeline.extent for track in tracks]
    scanned = reconcile(demuxer, header, [extent for extent in extents if extent])
    return max(scanned, *(track.recorded_under_forged_clock for track in tracks))


def _run_through(tracks: Tracks, packets: Packets) -> None:
    """Time the packets that are left, as fast as they come."""
    adds = {index: track.add for index, track in tracks.by_index.items()}
    for packet in packets:
        # The empty packets at the end all name the first stream, be it one of ours or not.
        if add := adds.get(packet.stream_index):
            add(packet)


def _packets(container: InputContainer, streams: Sequence[MediaStream]) -> Packets:
    """Every packet up to the end, or to the first place that cannot be read on from."""
    try:
        yield from cast("Packets", container.demux(*streams))
    except MemoryError:
        if not memory_is_left():
            raise
    except (av.FFmpegError, IndexError):
        # PyAV looks in vain for a stream that came after the file was opened.
        return
