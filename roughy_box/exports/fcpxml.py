"""FCPXML 1.10, for Final Cut Pro and DaVinci Resolve.

Times are fractions of a second on the grid of the sequence; those of sound alone are in samples. An
``asset-clip`` holds picture and sound together. The order and names follow the DTD of version 1.10.
"""

from __future__ import annotations

from fractions import Fraction

from roughy_box.exports.markup import Element, child, document, element
from roughy_box.exports.source import Source
from roughy_box.exports.text import one_line
from roughy_box.exports.timecode import SOUND_RATE, Timecode
from roughy_box.exports.timeline import Clip, Export, clips

_RATES = {32000: "32k", 44100: "44.1k", 48000: "48k", 88200: "88.2k", 96000: "96k", 176400: "176.4k", 192000: "192k"}
_SCREEN = (1920, 1080)  # of a sequence of sound alone, which needs a size


def write(export: Export) -> str:
    """Return the FCPXML of an export."""
    root = element("fcpxml", version="1.10")
    grid = _grid(export)
    resources = child(root, "resources")
    _add_formats(resources, export)
    _add_asset(resources, export, grid)
    shown = clips(export, grid)
    spine = _add_sequence(root, export, _time(shown[-1].until if shown else 0, grid))
    for clip in shown:
        _add_clip(spine, export, grid, clip)
    return document(root, "fcpxml")


def _grid(export: Export) -> Fraction:
    track = export.source.track
    return Fraction(track.sample_rate) if track and not export.source.picture else export.rate


def _time(count: int, grid: Fraction) -> str:
    """Return the seconds of a number of frames; not reduced, so that the grid is seen."""
    return f"{count * grid.denominator}/{grid.numerator}s" if count else "0s"


def _add_formats(resources: Element, export: Export) -> None:
    """Describe the pictures of the sequence, and those of the source where their rate differs."""
    _add_format(resources, "r1", export.source, export.rate if export.source.picture else SOUND_RATE)
    if export.source.picture and export.source.rate != export.rate:
        _add_format(resources, "r3", export.source, export.source.rate)


def _add_format(resources: Element, name: str, source: Source, rate: Fraction) -> None:
    width, height = source.picture.shown if source.picture else _SCREEN
    made = child(resources, "format", id=name, frameDuration=_time(1, rate), width=width, height=height)
    if source.picture and source.picture.shown_aspect != 1:
        made.set("paspH", str(source.picture.shown_aspect.numerator))
        made.set("paspV", str(source.picture.shown_aspect.denominator))


def _add_asset(resources: Element, export: Export, grid: Fraction) -> None:
    source = export.source
    asset = child(
        resources,
        "asset",
        id="r2",
        name=one_line(source.media.file_name),
        start=_time(_first(source, grid), grid),
        duration=_time(source.frames(grid), grid),
    )
    if source.picture:
        asset.set("hasVideo", "1")
        asset.set("format", "r1" if source.rate == export.rate else "r3")
        asset.set("videoSources", "1")
    if source.track:
        asset.set("hasAudio", "1")
        asset.set("audioSources", str(len(source.tracks)))
        asset.set("audioChannels", str(source.track.channels))
        asset.set("audioRate", str(source.track.sample_rate))
    child(asset, "media-rep", kind="original-media", src=source.media.url())


def _first(source: Source, grid: Fraction) -> int:
    """Return the timecode of the first picture, which the times of clips contain."""
    return (source.timecode or Timecode(0, grid)).at(grid).frame


def _add_sequence(root: Element, export: Export, duration: str) -> Element:
    """Append the sequence in its project and event, and return its spine."""
    event = child(child(root, "library"), "event", name=one_line(export.name))
    sequence = child(
        child(event, "project", name=one_line(export.name)),
        "sequence",
        format="r1",
        duration=duration,
        tcStart="0s",
        tcFormat=_tc_format(export),
    )
    if track := export.source.track:
        # Final Cut Pro refuses "mono" (auto-editor PR 1138).
        sequence.set("audioLayout", "surround" if track.channels > 2 else "stereo")
        sequence.set("audioRate", _RATES.get(track.sample_rate, "48k"))
    return child(sequence, "spine")


def _tc_format(export: Export) -> str:
    return "DF" if export.drop_frame else "NDF"


def _add_clip(spine: Element, export: Export, grid: Fraction, clip: Clip) -> None:
    made = child(
        spine,
        "asset-clip",
        ref="r2",
        offset=_time(clip.at, grid),
        name=one_line(export.source.media.file_name),
        start=_time(_first(export.source, grid) + clip.start, grid),
        duration=_time(clip.length, grid),
        tcFormat=_tc_format(export),
    )
    if export.source.picture:
        made.set("format", "r1")
    if not clip.enabled:
        made.set("enabled", "0")
    if export.source.tracks:
        made.set("audioRole", "dialogue")
    if len(export.source.tracks) > 1:
        _add_channels(made, export.source)


def _add_channels(clip: Element, source: Source) -> None:
    """Switch off the tracks that are not the default one."""
    first = 1
    for number, track in enumerate(source.tracks):
        channels = ", ".join(str(channel) for channel in range(first, first + track.channels))
        made = child(clip, "audio-channel-source", srcCh=channels, role=f"dialogue.dialogue-{number + 1}")
        if number != source.default_track:
            made.set("enabled", "0")
        first += track.channels
