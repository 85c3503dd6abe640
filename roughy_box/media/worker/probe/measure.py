"""Measurement of a file: what it is and how long it plays. Runs in the child.

The duration is the bill: a header is believed only as far as the packets or the decoded sound confirm it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import av
from av.container import InputContainer

from roughy_box.domain.asset import Failure, FailureCode, MediaKind, Preparation
from roughy_box.media import formats, signature
from roughy_box.media.worker.confine import memory_is_left
from roughy_box.media.worker.file import Readable, Window
from roughy_box.media.worker.open import MAX_STREAMS, open_untrusted
from roughy_box.media.worker.prefix import without_tags
from roughy_box.media.worker.probe.duration import as_duration, is_close, promised, reconcile
from roughy_box.media.worker.probe.extent import Extent
from roughy_box.media.worker.probe.gaps import Gaps
from roughy_box.media.worker.probe.index import Index, read_index
from roughy_box.media.worker.probe.listen import decode_all, sample
from roughy_box.media.worker.probe.reading import Reading
from roughy_box.media.worker.probe.splices import FREE_RUNNING
from roughy_box.media.worker.probe.tracks import Tracks
from roughy_box.media.worker.probe.watch import watch
from roughy_box.media.worker.streams import kind_of, media_streams

_SIGNATURE = 4096
# A splice within a splice within a splice: more do not happen by accident.
_DEPTH = 3
_INDEXED = frozenset(family.name for family in formats.FAMILIES if "mov" in family.demuxers)
_UNREADABLE = Failure(FailureCode.UNREADABLE_MEDIA, "No audio or video could be opened in this file.")
_INSATIABLE = Failure(
    FailureCode.UNREADABLE_MEDIA, "This file needs too much memory: its index is damaged or has too many tracks."
)
_NO_STREAM = Failure(FailureCode.UNREADABLE_MEDIA, "This file contains neither audio nor video.")
_TOO_MANY = Failure(
    FailureCode.UNREADABLE_MEDIA, f"This file has too many tracks: no more than {MAX_STREAMS:,} can be prepared."
)
_UNDECODABLE = Failure(
    FailureCode.CORRUPT_MEDIA, "This file opens but does not decode: it is damaged, encrypted or in an unknown codec."
)
_TRUNCATED = Failure(FailureCode.CORRUPT_MEDIA, "This file ends early: its index promises more than there is.")
_STOPPED = Failure(FailureCode.CORRUPT_MEDIA, "This file can be read only in part: it is damaged in the middle.")
_EMPTY = Failure(FailureCode.CORRUPT_MEDIA, "This file contains nothing to play.")


@dataclass(frozen=True, slots=True)
class _Source:
    """A file, the demuxers to try, and how many splices within splices to follow."""

    file: Readable
    demuxers: Sequence[str]
    depth: int

    @property
    def head(self) -> bytes:
        """Return the first bytes."""
        self.file.seek(0)
        return self.file.read(_SIGNATURE)

    @property
    def size(self) -> int:
        """Return the size in bytes."""
        return self.file.seek(0, os.SEEK_END)


def probe(file: Readable) -> Preparation | Failure:
    """Return the kind and the duration of ``file``, or the reason why it cannot be prepared.

    Errors: ``MemoryError`` beyond the limit of the process, ``OSError`` when the disk fails; neither says anything
    about the media.
    """
    outcome = _probe(_Source(without_tags(file), formats.demuxers(), _DEPTH))
    if isinstance(outcome, Failure):
        return outcome
    kind, seconds = outcome
    duration_ms = round(seconds * 1000)
    return Preparation(kind, duration_ms) if duration_ms > 0 else _EMPTY


def _probe(source: _Source) -> tuple[MediaKind, Fraction] | Failure:
    outcome = _pass(source, decode=False)
    if outcome is None:
        outcome = _pass(source, decode=True) or _UNDECODABLE
    return outcome


def _pass(source: _Source, *, decode: bool) -> tuple[MediaKind, Fraction] | Failure | None:
    """Return the outcome of one pass; ``None`` if only decoding all sound gives one."""
    gaps, head, size = Gaps(), source.head, source.size
    index = read_index(source.file) if signature.claimed_family(head) in _INDEXED else Index()
    source.file.seek(0)
    try:
        container = open_untrusted(source.file, source.demuxers)
    except MemoryError:
        if memory_is_left():
            return _INSATIABLE
        raise
    except av.FFmpegError:
        return _UNREADABLE
    with container:
        demuxer = container.format.name.split(",")[0]
        outcome = _examine(container, head, size, index, gaps, decode)
    if outcome is None or isinstance(outcome, Failure) or demuxer not in FREE_RUNNING or not source.depth:
        return outcome
    kind, seconds = outcome
    return kind, seconds + sum(_spliced(source, gap, demuxer) for gap in gaps.up_to(size))


def _spliced(source: _Source, gap: tuple[int, int], demuxer: str) -> Fraction:
    """Return the seconds that late streams play where the early ones have nothing."""
    outcome = _probe(_Source(Window(source.file, *gap), [demuxer], source.depth - 1))
    return Fraction(0) if isinstance(outcome, Failure) else outcome[1]


def _examine(
    container: InputContainer, head: bytes, size: int, index: Index, gaps: Gaps, decode: bool
) -> tuple[MediaKind, Fraction] | Failure | None:
    family = formats.family_of(container.format.name, head)
    streams = [stream for stream in media_streams(container) if family.video or stream.type == "audio"]
    if len(container.streams) > MAX_STREAMS:
        return _TOO_MANY
    if not streams:
        return _NO_STREAM
    kind = kind_of(family, streams)
    demuxer = family.demuxers[0]
    tracks = Tracks(streams, demuxer)
    reading = Reading(container, tracks, size, gaps if demuxer in FREE_RUNNING else None)
    header = promised(container, demuxer, head)
    if kind.type == "video":
        measured = watch(tracks, reading)
    elif decode:
        measured = decode_all(tracks, reading)
    else:
        measured = sample(tracks, reading)
        if tracks.are_doubtful:
            return None
    return _judge(measured, kind, demuxer, header, index) if not reading.stopped_early else _STOPPED


def _judge(
    extents: Sequence[Extent], kind: MediaKind, demuxer: str, header: Fraction, index: Index
) -> tuple[MediaKind, Fraction] | Failure:
    """Return the duration by the streams and the index.

    The presentation of an MP4 or QuickTime file starts at 0 of its movie clock, so a single track that an edit list
    lets start late counts from there: Chromium 156 and mpv 0.35 play 18 s of a track from 8 to 18 s. Elsewhere, and in
    fragments, the first frame is the start.
    """
    if not extents:
        return _UNDECODABLE
    if not index.confirms(header, max(extent.claimed - extent.end for extent in extents)):
        extents = [replace(extent, claimed=extent.end) for extent in extents]
    if not index.is_fragmented and is_close(index.duration, max(extent.end for extent in extents)):
        extents = [*extents, Extent(Fraction(0), Fraction(0), Fraction(0))]
    played = reconcile(demuxer, header, extents)
    first = min(extent.first for extent in extents)
    # The index of an MP4 lists every byte; streams without an index count as far as they play.
    missing = as_duration(header, first, first + played) - played if demuxer == "mov" and not index.is_fragmented else 0
    return _TRUNCATED if missing > played / 50 + 1 else (kind, played)
