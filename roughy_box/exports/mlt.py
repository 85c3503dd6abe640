"""MLT XML, for Shotcut and Kdenlive; melt renders it.

``out`` is the last frame, not the one after it. The tractor is laid out like Shotcut's own: a black
background, then the track. MLT cannot switch a clip off; dropped spans that stay lie on a hidden track.
"""

from __future__ import annotations

from fractions import Fraction

from roughy_box.exports.markup import Element, child, document, element
from roughy_box.exports.source import Picture, Source
from roughy_box.exports.text import one_line
from roughy_box.exports.timecode import SOUND_RATE
from roughy_box.exports.timeline import Clip, Export, clips

_SCREEN = Picture(1920, 1080)  # of a timeline of sound alone
_HD = 720  # lines from which colors are those of BT.709


def write(export: Export) -> str:
    """Return the MLT XML of an export, at the source's own rate; sound alone at 30."""
    source = export.source
    rate = source.rate if source.picture else SOUND_RATE
    shown = clips(export, rate)
    length = shown[-1].until if shown else 0
    root = element("mlt", LC_NUMERIC="C", version="7.0.0", title=one_line(export.name), producer="tractor0")
    _add_profile(root, source.picture or _SCREEN, rate)
    _add_background(root, length)
    _add_source(root, source, rate)
    tracks = [[clip for clip in shown if clip.enabled]]
    if export.show == "disabled":
        tracks.append([clip for clip in shown if not clip.enabled])
    for number, track in enumerate(tracks):
        _add_playlist(root, number, track)
    _add_tractor(root, export, length, len(tracks))
    return document(root, "mlt")


def _add_profile(root: Element, picture: Picture, rate: Fraction) -> None:
    (width, height), pixel = picture.shown, picture.shown_aspect
    display = Fraction(width, height) * pixel
    child(
        root,
        "profile",
        description="automatic",
        width=width,
        height=height,
        progressive=1,
        sample_aspect_num=pixel.numerator,
        sample_aspect_den=pixel.denominator,
        display_aspect_num=display.numerator,
        display_aspect_den=display.denominator,
        frame_rate_num=rate.numerator,
        frame_rate_den=rate.denominator,
        colorspace=709 if min(width, height) >= _HD else 601,
    )


def _set(parent: Element, name: str, value: str | int) -> None:
    child(parent, "property", value, name=name)


def _add_background(root: Element, length: int) -> None:
    producer = child(root, "producer", id="black", **{"in": 0, "out": max(0, length - 1)})
    for name, value in (("length", max(1, length)), ("eof", "pause"), ("resource", 0), ("mlt_service", "color")):
        _set(producer, name, value)
    _set(producer, "set.test_audio", 0)
    playlist = child(root, "playlist", id="background")
    if length:
        child(playlist, "entry", producer="black", **{"in": 0, "out": length - 1})


def _add_source(root: Element, source: Source, rate: Fraction) -> None:
    length = source.frames(rate)
    producer = child(root, "producer", id="source", **{"in": 0, "out": length - 1})
    _set(producer, "length", length)
    _set(producer, "eof", "pause")
    _set(producer, "resource", source.media.slashed)
    _set(producer, "mlt_service", "avformat-novalidate")
    _set(producer, "seekable", 1)
    if not source.picture:
        _set(producer, "video_index", -1)  # an album cover does not count as a picture
    if source.tracks:
        _set(producer, "astream", source.default_track)
    if source.track and source.track.stream is not None:
        _set(producer, "audio_index", source.track.stream)  # MLT before 7.16 knows no "astream"


def _add_playlist(root: Element, number: int, track: list[Clip]) -> None:
    playlist = child(root, "playlist", id=f"playlist{number}")
    _set(playlist, "shotcut:video", 1)
    _set(playlist, "shotcut:name", f"V{number + 1}")
    at = 0
    for clip in track:
        if clip.at > at:
            child(playlist, "blank", length=clip.at - at)
        child(playlist, "entry", producer="source", **{"in": clip.start, "out": clip.end - 1})
        at = clip.until


def _add_tractor(root: Element, export: Export, length: int, tracks: int) -> None:
    tractor = child(root, "tractor", id="tractor0", title=one_line(export.name), **{"in": 0, "out": max(0, length - 1)})
    _set(tractor, "shotcut", 1)
    child(tractor, "track", producer="background")
    for number in range(tracks):
        track = child(tractor, "track", producer=f"playlist{number}")
        if number:
            track.set("hide", "both")
    _add_mix(tractor)


def _add_mix(tractor: Element) -> None:
    """Mix the sound of the track over the background, as Shotcut expects; melt would play it without."""
    mix = child(tractor, "transition", id="transition0")
    for name, value in (("a_track", 0), ("b_track", 1), ("mlt_service", "mix"), ("always_active", 1), ("sum", 1)):
        _set(mix, name, value)
