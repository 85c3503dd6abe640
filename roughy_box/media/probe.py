"""How long media plays and what it is, from its bytes. Runs in the child.

The duration is the bill: a header is believed only as far as the packets or the decoded sound
bear it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import cast

import av
from av.container import InputContainer
from av.packet import Packet

from roughy_box.domain.asset import Failure, FailureCode, MediaKind, Preparation
from roughy_box.media import formats
from roughy_box.media.decode import Decoding
from roughy_box.media.duration import promised, reconcile
from roughy_box.media.streams import MediaStream, is_pcm, kind_of, media_streams, time_base
from roughy_box.media.timeline import Timeline
from roughy_box.media.untrusted import Readable, open_untrusted

_SIGNATURE = 4096
_UNREADABLE = Failure(FailureCode.UNREADABLE_MEDIA, "No audio or video could be opened in this file.")
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
    head = file.read(_SIGNATURE)
    file.seek(0)
    try:
        container = open_untrusted(file, formats.demuxers())
    except MemoryError:
        raise
    except av.FFmpegError:
        return _UNREADABLE
    with container:
        return _examine(container, head)


def _examine(container: InputContainer, head: bytes) -> Preparation | Failure:
    family = formats.family_of(container.format.name, head)
    streams = [stream for stream in media_streams(container) if family.video or stream.type == "audio"]
    if not streams:
        return _NO_STREAM
    kind = kind_of(family, streams)
    measured = _measure(container, family.demuxers[0], kind, streams)
    if isinstance(measured, Failure):
        return measured
    duration_ms = round(measured * 1000)
    return Preparation(kind, duration_ms) if duration_ms > 0 else _EMPTY


def _measure(
    container: InputContainer, demuxer: str, kind: MediaKind, streams: Sequence[MediaStream]
) -> Fraction | Failure:
    measure = _watch if kind.type == "video" else _listen
    played = measure(container, demuxer, streams)
    if isinstance(played, Failure) or demuxer != "mov":
        return played
    # The index of an MP4 names every byte; streams that merely stop are left with what plays.
    missing = promised(container) - played
    return _TRUNCATED if missing > played / 50 + 1 else played


def _listen(container: InputContainer, demuxer: str, streams: Sequence[MediaStream]) -> Fraction | Failure:
    """The longest sound, decoded as a whole; PCM has no frames to doubt and is counted by its packets."""
    decodings = {stream.index: Decoding(stream) for stream in streams}
    counted = {stream.index: 0 for stream in streams if is_pcm(stream)}
    for packet in _packets(container, streams):
        index = packet.stream_index
        if index in counted:
            counted[index] += packet.duration or 0
        if index not in counted or decodings[index].undecided:
            decodings[index].feed(packet)
    lengths = [
        counted[index] * time_base(decoding.stream) if index in counted else decoding.seconds
        for index, decoding in decodings.items()
        if decoding.works
    ]
    return Fraction(max(lengths)) if lengths else _UNDECODABLE


def _watch(container: InputContainer, demuxer: str, streams: Sequence[MediaStream]) -> Fraction | Failure:
    """The extent of all packets; each stream is decoded only until it proves that it can be."""
    timelines = {stream.index: Timeline(stream, demuxer) for stream in streams}
    trials = {stream.index: Decoding(stream) for stream in streams}
    packets = _packets(container, streams)
    undecided = set(trials)
    for packet in packets:
        index = packet.stream_index
        timelines[index].add(packet)
        if index in undecided:
            trials[index].feed(packet)
            undecided = {index for index in undecided if trials[index].undecided}
            if not undecided:
                break
    for packet in packets:
        timelines[packet.stream_index].add(packet)
    if not any(trial.frames for trial in trials.values() if trial.stream.type == "video"):
        return _UNDECODABLE
    extents = [timeline.extent for timeline in timelines.values()]
    return reconcile(demuxer, promised(container), [extent for extent in extents if extent])


def _packets(container: InputContainer, streams: Sequence[MediaStream]) -> Iterator[Packet[MediaStream]]:
    """Every packet up to the end, or to the first place that cannot be read on from."""
    try:
        yield from cast("Iterator[Packet[MediaStream]]", container.demux(*streams))
    except MemoryError:
        raise
    except av.FFmpegError:
        return
