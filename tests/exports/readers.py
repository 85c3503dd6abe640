"""Independent readers of timeline files, and plain ones where those have known faults."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
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


def by_json(text: str, export: Export) -> Reading:
    """The plan, whose seconds posted back must give the same frames."""
    spans = [(each["start_frame"], each["end_frame"]) for each in json.loads(text)["segments"]]
    assert spans == [_nearest(each["start"], each["end"], export) for each in json.loads(text)["segments"]]
    return _of_plan(spans, export)


def by_csv(text: str, export: Export) -> Reading:
    """The rows of the kept spans, or all where only dropped ones are shown."""
    rows = [row for row in csv.DictReader(io.StringIO(text)) if export.show == "only" or row["kept"] == "true"]
    spans = [(int(row["start_frame"]), int(row["end_frame"])) for row in rows]
    assert spans == [_nearest(float(row["start"]), float(row["end"]), export) for row in rows]
    return _of_plan(spans, export)


def by_llc(text: str, export: Export) -> Reading:
    """The segments of LosslessCut, in seconds of the file as players show it."""
    segments, zero = json.loads(text)["cutSegments"], float(export.source.offset)
    return _of_plan([_nearest(each["start"] - zero, each["end"] - zero, export) for each in segments], export)


def by_labels(text: str, export: Export) -> Reading:
    """Audacity's labels: the kept spans are what lies between them."""
    lines, zero = [line.split("\t") for line in text.splitlines()], float(export.source.offset)
    labels = [_nearest(float(start) - zero, float(end) - zero, export) for start, end, _ in lines]
    if export.show == "only":
        return _of_plan(labels, export)
    bounds = [0, *(bound for label in labels for bound in label), export.plan.length]
    return _of_plan([span for span in pairs(bounds) if span[0] < span[1]], export)


def by_ffconcat(text: str, export: Export) -> Reading:
    """The points of the list, in seconds of the file's own timestamps, for pictures a quarter of a frame early."""
    points = [float(line.split()[1]) for line in text.splitlines() if line.startswith(("inpoint", "outpoint"))]
    early = float(1 / export.source.rate / 4) if export.source.picture else 0.0
    zero = float(export.source.file_start + export.source.offset) - early
    return _of_plan([_nearest(start - zero, end - zero, export) for start, end in pairs(points)], export)


def by_mlt(text: str, export: Export) -> Reading:
    """The entries of the track that is seen; ``out`` is the last frame."""
    entries = ET.fromstring(text).iterfind("playlist[@id='playlist0']/entry")
    return _of_plan([(int(each.get("in", "")), int(each.get("out", "")) + 1) for each in entries], export)


def pairs(values: list[Any]) -> list[tuple[Any, Any]]:
    """Return the first and second value, the third and fourth, ..."""
    return list(zip(values[::2], values[1::2], strict=True))


READERS: dict[str, tuple[str, Callable[[str, Export], Reading]]] = {
    "otio": ("otio", by_otio),
    "edl by otio": ("edl", by_otio_edl),
    "fcp7xml by otio": ("fcp7xml", by_otio_fcp7),
    "fcp7xml by clip items": ("fcp7xml", by_clip_items),
    "fcpxml by otio": ("fcpxml", by_otio_fcpx),
    "fcpxml by fractions": ("fcpxml", by_fractions),
    "mlt by entries": ("mlt", by_mlt),
    "json": ("json", by_json),
    "csv": ("csv", by_csv),
    "llc": ("llc", by_llc),
    "audacity": ("audacity", by_labels),
    "ffconcat": ("ffconcat", by_ffconcat),
}
# Those that count on the grid of the plan: thousandths of a second for sound alone.
OF_PLAN = ("fcpxml by fractions", "json", "csv", "llc", "audacity", "ffconcat")


def _nearest(start: float, end: float, export: Export) -> tuple[int, int]:
    """Return the frames that seconds with 6 decimals mean."""
    rate = float(export.plan.rate)
    for time in (start, end):
        assert abs(time * rate - round(time * rate)) < 0.001 + rate * 1e-6, f"{time} is between two frames"
    return round(start * rate), round(end * rate)


def _of_plan(spans: Spans, export: Export) -> Reading:
    source = export.source
    return Reading(spans if source.picture else [], [spans] if source.tracks else [])


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
