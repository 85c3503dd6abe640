"""Final Cut Pro 7's XML (xmeml 5), for Premiere Pro and DaVinci Resolve.

``in`` and ``out`` count from the first picture, never from its timecode, on the grid of the sequence. Each
channel that is heard has a track and clip items of its own, linked to those of the picture. The ``file`` is
described once and named by its id later on.
"""

from __future__ import annotations

from fractions import Fraction

from roughy_box.exports.edl import hour
from roughy_box.exports.markup import Element, child, document, element
from roughy_box.exports.source import Picture, Source
from roughy_box.exports.text import one_line
from roughy_box.exports.timecode import Timecode, is_ntsc, label, timebase
from roughy_box.exports.timeline import Clip, Export, clips

_SCREEN = Picture(1920, 1080)  # of a sequence of sound alone, which needs a size
_FASTEST_TIMECODE = 60  # a "timecode" of sound counts samples, which no timebase can be
# The names that the format has for pixels that are not square.
_PIXELS = {
    (720, 480): "NTSC-601",
    (720, 486): "NTSC-601",
    (720, 576): "PAL-601",
    (960, 720): "HD-(960x720)",
    (1280, 1080): "HD-(1280x1080)",
    (1440, 1080): "HD-(1440x1080)",
}


def write(export: Export) -> str:
    """Return the xmeml of an export."""
    rate, shown = export.rate, clips(export, export.rate)
    root = element("xmeml", version="5")
    sequence = child(root, "sequence", id="sequence-1")
    child(sequence, "name", one_line(export.name))
    child(sequence, "duration", shown[-1].until if shown else 0)
    sequence.append(_rate(rate))
    _add_timecode(sequence, Timecode(hour(rate, export.drop_frame), rate, export.drop_frame))
    media = child(sequence, "media")
    tracks = _add_tracks(media, export)
    _add_clips(tracks, export, shown)
    return document(root, "xmeml")


def _rate(rate: Fraction) -> Element:
    made = element("rate")
    child(made, "timebase", timebase(rate))
    child(made, "ntsc", _flag(is_ntsc(rate)))
    return made


def _flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _add_timecode(parent: Element, start: Timecode) -> None:
    made = child(parent, "timecode")
    made.append(_rate(start.rate))
    child(made, "string", label(start.frame, start.rate, start.drop))
    child(made, "frame", start.frame)
    child(made, "displayformat", "DF" if start.drop else "NDF")


def _add_tracks(media: Element, export: Export) -> list[tuple[str, int, Element]]:
    """Append picture and sound; return for each track its kind, its number of that kind and its element."""
    video = child(media, "video")
    _add_picture(child(video, "format"), export.source.picture or _SCREEN, export.rate)
    tracks = [("video", 1, child(video, "track"))] if export.source.picture else []
    if heard := export.source.track:
        audio = child(media, "audio")
        child(audio, "numOutputChannels", max(2, heard.channels))
        _add_sound(child(audio, "format"), heard.sample_rate)
        for number in range(1, heard.channels + 1):
            tracks.append(("audio", number, _add_channel(audio, number, heard.channels)))
    return tracks


def _add_channel(audio: Element, number: int, channels: int) -> Element:
    """Append the track of a channel; Premiere Pro joins a pair that is marked like this to one of stereo."""
    track = child(audio, "track")
    if channels == 2:
        track.set("currentExplodedTrackIndex", str(number - 1))
        track.set("totalExplodedTrackCount", "2")
        track.set("premiereTrackType", "Stereo")
    child(track, "outputchannelindex", number)
    return track


def _add_picture(parent: Element, picture: Picture, rate: Fraction) -> None:
    made = child(parent, "samplecharacteristics")
    made.append(_rate(rate))
    (width, height), aspect = picture.shown, picture.shown_aspect
    child(made, "width", width)
    child(made, "height", height)
    child(made, "anamorphic", _flag(width == 720 and aspect > Fraction(6, 5)))
    child(made, "pixelaspectratio", "square" if aspect == 1 else _PIXELS.get((width, height), "square"))
    child(made, "fielddominance", "none")


def _add_sound(parent: Element, sample_rate: int) -> None:
    made = child(parent, "samplecharacteristics")
    child(made, "depth", 16)
    child(made, "samplerate", sample_rate)


def _add_clips(tracks: list[tuple[str, int, Element]], export: Export, shown: list[Clip]) -> None:
    """Append each clip to all tracks. Elements that say the same are shared: 5,000 clips have 100,000 of them."""
    name, file = element("name", one_line(export.source.media.file_name)), _file(export)
    enabled = {value: element("enabled", _flag(value)) for value in (True, False)}
    length, rate = element("duration", export.source.frames(export.rate)), _rate(export.rate)
    origins = {(kind, number): [_channel_of(export.source, number)] for kind, number, _ in tracks if kind == "audio"}
    for index, clip in enumerate(shown, 1):
        links = _links(tracks, index)
        for kind, number, track in tracks:
            item = child(track, "clipitem", id=_item(kind, number, index))
            item.extend((name, enabled[clip.enabled], length, rate))
            _add_times(item, clip)
            item.append(file)
            file = element("file", id="file-1") if len(file) else file
            item.extend((*origins.get((kind, number), ()), *links))
    for kind, _, track in tracks:
        if kind == "audio":  # follows the clip items
            track.append(track[0])
            track.remove(track[0])


def _item(kind: str, number: int, index: int) -> str:
    return f"{kind}-{number}-{index}"


def _add_times(item: Element, clip: Clip) -> None:
    child(item, "start", clip.at)
    child(item, "end", clip.until)
    child(item, "in", clip.start)
    child(item, "out", clip.end)


def _channel_of(source: Source, number: int) -> Element:
    """Return where in the file a channel that is heard comes from."""
    origin = element("sourcetrack")
    child(origin, "mediatype", "audio")
    child(origin, "trackindex", source.first_channel + number - 1)
    return origin


def _links(tracks: list[tuple[str, int, Element]], index: int) -> list[Element]:
    """Return what joins the clip items of one edit, each to all."""
    if len(tracks) == 1:
        return []
    links = []
    for kind, number, _ in tracks:
        link = element("link")
        child(link, "linkclipref", _item(kind, number, index))
        child(link, "mediatype", kind)
        child(link, "trackindex", number)
        child(link, "clipindex", index)
        links.append(link)
    return links


def _file(export: Export) -> Element:
    source, rate = export.source, export.rate
    made = element("file", id="file-1")
    child(made, "name", one_line(source.media.file_name))
    child(made, "pathurl", source.media.url(host="localhost", colon="%3a"))
    made.append(_rate(rate))
    child(made, "duration", source.frames(rate))
    _add_timecode(made, _start(source, rate))
    media = child(made, "media")
    if source.picture:
        _add_picture(child(media, "video"), source.picture, rate)
    for track in source.tracks:
        audio = child(media, "audio")
        _add_sound(audio, track.sample_rate)
        child(audio, "channelcount", track.channels)
    return made


def _start(source: Source, rate: Fraction) -> Timecode:
    """Return the source's timecode at its own rate, where that is one of pictures."""
    start = source.timecode or Timecode(0, rate)
    return start if timebase(start.rate) <= _FASTEST_TIMECODE else start.at(rate)
