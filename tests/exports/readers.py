"""Independent readers of timeline files, and plain ones where those have known faults."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree import ElementTree as ET

import opentimelineio as otio

from roughy_box.exports.timecode import Timecode
from roughy_box.exports.timeline import Export

Spans = list[tuple[int, int]]


@dataclass
class Reading:
    """The understanding of a reader: frames of the source on tracks of picture and of sound, timecode taken off."""

    picture: Spans = field(default_factory=list)
    sound: list[Spans] = field(default_factory=list)
    enabled: list[bool] = field(default_factory=list)
    name: str = ""
    urls: set[str] = field(default_factory=set)


def by_otio(text: str, export: Export) -> Reading:
    return _reading(otio.adapters.read_from_string(text, "otio_json"), export)


def by_otio_edl(text: str, export: Export) -> Reading:
    return _reading(otio.adapters.read_from_string(text, "cmx_3600", rate=float(export.rate)), export)


def by_otio_fcp7(text: str, export: Export) -> Reading:
    return _reading(otio.adapters.read_from_string(text, "fcp_xml"), export)


def by_otio_fcpx(text: str, export: Export) -> Reading:
    """The adapter counts in whole frames a second of the asset's own format, not of the sequence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collection = otio.adapters.read_from_string(text, "fcpx_xml")
    reading = _reading(collection[0], export, export.source.rate)
    times = export.rate / export.source.rate
    return Reading(_times(reading.picture, times), [_times(track, times) for track in reading.sound], name=reading.name)


def by_fractions(text: str, export: Export) -> Reading:
    """FCPXML with nothing but an XML parser and exact fractions; sound alone in the nearest thousandth of a second."""
    root = ET.fromstring(text)
    asset, sequence = root.find("resources/asset"), root.find("library/event/project/sequence")
    assert asset is not None
    assert sequence is not None
    zero, at, spans, enabled = _seconds(asset.get("start")), Fraction(0), [], []
    for clip in root.iter("asset-clip"):
        start, duration = _seconds(clip.get("start")) - zero, _seconds(clip.get("duration"))
        assert _seconds(clip.get("offset")) == at, "clips follow each other"
        assert start + duration <= _seconds(asset.get("duration"))
        at += duration
        spans.append((_frame(start, export), _frame(start + duration, export)))
        enabled.append(clip.get("enabled", "1") == "1")
    assert _seconds(sequence.get("duration")) == at
    return Reading(spans if asset.get("hasVideo") else [], [spans] if asset.get("hasAudio") else [], enabled)


def by_clip_items(text: str, export: Export) -> Reading:
    """Xmeml with nothing but an XML parser: what otio leaves out, links and the file's only definition."""
    root = ET.fromstring(text)
    assert [len(file) > 0 for file in root.iter("file")][:1] == [True]
    assert sum(len(file) > 0 for file in root.iter("file")) == 1
    ids = {item.get("id") for item in root.iter("clipitem")}
    assert {link.text for link in root.iter("linkclipref")} <= ids
    picture = [_items(track) for track in root.iterfind("sequence/media/video/track")]
    sound = [_items(track) for track in root.iterfind("sequence/media/audio/track")]
    enabled = [item.findtext("enabled") == "TRUE" for item in root.iter("clipitem")]
    return Reading(picture[0] if picture else [], sound, enabled)


READERS: dict[str, tuple[str, Callable[[str, Export], Reading]]] = {
    "otio": ("otio", by_otio),
    "edl by otio": ("edl", by_otio_edl),
    "fcp7xml by otio": ("fcp7xml", by_otio_fcp7),
    "fcp7xml by clip items": ("fcp7xml", by_clip_items),
    "fcpxml by otio": ("fcpxml", by_otio_fcpx),
    "fcpxml by fractions": ("fcpxml", by_fractions),
}


def _seconds(time: str | None) -> Fraction:
    assert time
    assert time.endswith("s")
    return Fraction(time[:-1])


def _whole(frames: Fraction) -> int:
    assert frames.denominator == 1, f"{frames} is not on the grid"
    return int(frames)


def _frame(seconds: Fraction, export: Export) -> int:
    track = export.source.track
    if export.source.picture or not track:
        return _whole(seconds * export.rate)
    return round(Fraction(_whole(seconds * track.sample_rate), track.sample_rate) * export.source.rate)


def _items(track: ET.Element) -> Spans:
    at, spans = 0, []
    for item in track.iterfind("clipitem"):
        start, end, first, last = (int(item.findtext(tag) or -1) for tag in ("start", "end", "in", "out"))
        assert (start, end) == (at, at + last - first), "clips follow each other"
        at = end
        spans.append((first, last))
    return spans


def _times(spans: Spans, factor: Fraction) -> Spans:
    return [(_whole(start * factor), _whole(end * factor)) for start, end in spans]


def _reading(timeline: otio.schema.Timeline, export: Export, rate: Fraction | None = None) -> Reading:
    rate = rate or export.rate
    zero = (export.source.timecode or Timecode(0, rate)).at(rate).frame
    reading = Reading(name=timeline.name)
    for track in timeline.tracks:
        spans = [_span(clip, zero, rate) for clip in track]
        if track.kind == otio.schema.TrackKind.Video:
            reading.picture = spans
        else:
            reading.sound.append(spans)
        reading.enabled = [clip.enabled for clip in track]
        reading.urls |= {
            clip.media_reference.target_url for clip in track if hasattr(clip.media_reference, "target_url")
        }
    return reading


def _span(clip: otio.schema.Clip, zero: int, rate: Fraction) -> tuple[int, int]:
    assert isinstance(clip, otio.schema.Clip), f"{clip} lies between the clips"
    start, duration = clip.source_range.start_time, clip.source_range.duration
    assert abs(start.rate - float(rate)) < 1e-6
    assert start.value == round(start.value, 3)
    return round(start.value) - zero, round(start.value + duration.value) - zero
