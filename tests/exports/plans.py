"""Plans and sources that tests export."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, cycle, pairwise
from typing import Any

from roughy_box.domain.cut import AUDIO_GRID, Dropped, Plan, Segment
from roughy_box.exports.media import Reference
from roughy_box.exports.source import AudioTrack, Picture, Source
from roughy_box.exports.timeline import Export, Show

ASSET = "0193e9a4-0000-7000-8000-000000000001"
FILM = Fraction(24000, 1001)
NTSC = Fraction(30000, 1001)
NTSC_60 = Fraction(60000, 1001)
STEREO = AudioTrack(2, 48000)
REASONS = ("pause", "filler", "retake", "false_start", "off_script", "noise", "by_hand")


def plan(rate: Fraction, lengths: list[int], *, first_kept: bool = True) -> Plan:
    """A plan of spans of these lengths, kept and dropped in turn."""
    bounds = list(pairwise(accumulate(lengths, initial=0)))
    reasons = cycle(REASONS)
    kept = bounds[0 if first_kept else 1 :: 2]
    dropped = bounds[1 if first_kept else 0 :: 2]
    return Plan(
        rate,
        sum(lengths),
        tuple(Segment(start, end, f"said {start}") for start, end in kept),
        tuple(Dropped(start, end, next(reasons)) for start, end in dropped),  # type: ignore[arg-type]
    )


def source(of: Plan, path: str = "/footage/a.mov", **changes: Any) -> Source:
    """The source of a plan: pictures and stereo, unless the plan is one of sound."""
    sound_alone = of.rate == AUDIO_GRID
    return replace(
        Source(
            asset_id=ASSET,
            extension=path.rpartition(".")[2],
            media=Reference(path),
            rate=of.rate,
            length=of.length,
            duration=of.length / of.rate,
            picture=None if sound_alone else Picture(1920, 1080),
            tracks=(STEREO,),
        ),
        **changes,
    )


def export(of: Plan, show: Show = "kept", *, name: str = "Rough cut", **changes: Any) -> Export:
    return Export(of, source(of, **changes), name, show, cut_id="cut", engine="engine/1")


def frames(of: Plan, show: Show = "kept") -> list[tuple[int, int]]:
    """The spans that an export shows, as frames of the source."""
    spans = {"kept": of.segments, "only": of.dropped, "disabled": (*of.segments, *of.dropped)}[show]
    return sorted((span.start, span.end) for span in spans)
