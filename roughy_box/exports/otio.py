"""OpenTimelineIO, its native JSON.

Times are numbers of frames at the rate of the timeline, as floating point like the library writes them;
those of the source begin at its timecode.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from roughy_box.exports.edl import hour
from roughy_box.exports.text import one_line
from roughy_box.exports.timecode import Timecode
from roughy_box.exports.timeline import Clip, Export, clips

Thing = dict[str, Any]
_MEDIA = "DEFAULT_MEDIA"


def write(export: Export) -> str:
    """Return the timeline of an export."""
    rate = export.rate
    kinds = [kind for kind, has in (("Video", export.source.picture), ("Audio", export.source.tracks)) if has]
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {},
        "name": one_line(export.name),
        "global_start_time": _time(hour(rate, export.drop_frame), rate),
        "tracks": _composition("Stack.1", "tracks", [_track(export, rate, kind) for kind in kinds]),
    }
    return json.dumps(timeline, ensure_ascii=False) + "\n"  # indented, it takes four times as long


def _composition(schema: str, name: str, children: list[Thing], **more: str) -> Thing:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": children,
        **more,
    }


def _track(export: Export, rate: Fraction, kind: str) -> Thing:
    first = (export.source.timecode or Timecode(0, rate)).at(rate).frame
    media = _reference(export, rate, first)
    children = [_clip(export, rate, first, clip, media) for clip in clips(export, rate)]
    return _composition("Track.1", kind, children, kind=kind)


def _reference(export: Export, rate: Fraction, first: int) -> Thing:
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": one_line(export.source.media.file_name),
        "available_range": _range(first, export.source.frames(rate), rate),
        "available_image_bounds": None,
        "target_url": export.source.media.url(),
    }


def _clip(export: Export, rate: Fraction, first: int, clip: Clip, media: Thing) -> Thing:
    notes = {"reason": clip.reason, "text": one_line(clip.span.text)}
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {"roughy_box": {name: note for name, note in notes.items() if note}},
        "name": one_line(export.source.media.file_name),
        "source_range": _range(first + clip.start, clip.length, rate),
        "effects": [],
        "markers": [],
        "enabled": clip.enabled,
        "media_references": {_MEDIA: media},
        "active_media_reference_key": _MEDIA,
    }


def _range(start: int, length: int, rate: Fraction) -> Thing:
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": _time(length, rate), "start_time": _time(start, rate)}


def _time(frames: int, rate: Fraction) -> Thing:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(frames)}
