"""The names of the formats that a cut is exported in; their writers are in :mod:`roughy_box.exports`."""

from __future__ import annotations

from typing import Literal, get_args

TimelineFormat = Literal["json", "fcpxml", "fcp7xml", "edl", "otio", "mlt", "csv", "llc", "audacity", "ffconcat"]
CaptionFormat = Literal["srt", "vtt", "txt", "json"]

TIMELINES: tuple[str, ...] = get_args(TimelineFormat)
CAPTIONS: tuple[str, ...] = get_args(CaptionFormat)
