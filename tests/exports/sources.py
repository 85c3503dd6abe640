"""The kinds of source that an editor's life brings."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from roughy_box.domain.cut import AUDIO_GRID
from roughy_box.exports.media import Reference
from roughy_box.exports.source import AudioTrack, Picture
from roughy_box.exports.timecode import STANDARD_RATES, Timecode
from roughy_box.exports.timeline import Export, Show
from tests.exports.plans import FILM, NTSC, NTSC_60, STEREO, export, plan

Kind = Callable[[Show], Export]
LENGTHS = [120, 31, 1, 44, 300, 7, 95, 18]
MILLISECONDS = [1203, 340, 2, 1777, 8, 651, 3300, 46]
HOUR = 3600


def _film(rate: Fraction, **changes: object) -> Kind:
    return lambda show: export(plan(rate, LENGTHS), show, **changes)


def _sound(**changes: object) -> Kind:
    return lambda show: export(plan(AUDIO_GRID, MILLISECONDS), show, path="/s/talk.wav", **changes)


def _named(path: str, name: str = "Rough cut") -> Kind:
    return lambda show: export(plan(Fraction(25), LENGTHS), show, path=path, name=name)


KINDS: dict[str, Kind] = {
    **{f"{rate} pictures a second": _film(rate) for rate in STANDARD_RATES if rate <= 60},
    "12.5 pictures a second": _film(Fraction(25, 2)),
    "15 pictures a second": _film(Fraction(15)),
    "timecode": _film(Fraction(25), timecode=Timecode(10 * HOUR * 25 + 13, Fraction(25))),
    "timecode of film": _film(FILM, timecode=Timecode(HOUR * 24 + 5, FILM)),
    "timecode without drop": _film(NTSC, timecode=Timecode(HOUR * 30, NTSC)),
    "drop-frame": _film(NTSC, timecode=Timecode(17981, NTSC, drop=True)),
    "drop-frame at 60": _film(NTSC_60, timecode=Timecode(107892, NTSC_60, drop=True)),
    "drop-frame of 30 with 60": _film(NTSC_60, timecode=Timecode(17981, NTSC, drop=True)),
    "timecode of 25 with 50": _film(Fraction(50), timecode=Timecode(HOUR * 25 + 3, Fraction(25))),
    "timecode of sound with pictures": _film(Fraction(25), timecode=Timecode(HOUR * 48000, Fraction(48000))),
    "variable rate": _film(Fraction(30), variable_rate=True),
    "portrait, turned": _film(NTSC, picture=Picture(1920, 1080, rotation=90)),
    "anamorphic": _film(Fraction(25), picture=Picture(1440, 1080, Fraction(4, 3))),
    "5.1": _film(Fraction(25), tracks=(AudioTrack(6, 48000),)),
    "mono": _film(Fraction(25), tracks=(AudioTrack(1, 44100),)),
    "two tracks": _film(Fraction(25), tracks=(AudioTrack(1, 48000), STEREO), default_track=1),
    "no sound": _film(Fraction(25), tracks=()),
    "sound begins earlier": _film(Fraction(25), offset=Fraction(1, 2), duration=Fraction(700, 25)),
    "sound ends later": _film(Fraction(25), duration=Fraction(7001, 250)),
    "sound alone": _sound(),
    "sound alone, mono": _sound(tracks=(AudioTrack(1, 44100),)),
    "sound alone with timecode": _sound(timecode=Timecode(HOUR * 48000, Fraction(48000))),
    "umlauts and signs": _named('/f/Übung "1" & <b> ]]> 100%.mov', "Übung \"1\" & <b> ]]> 'x'"),
    "Windows": _named("C:\\Footage\\Day 1\\A001.mov"),
    "network share": _named("\\\\nas\\media\\A001.mov"),
    "macOS": _named("/Volumes/My Disk/A001.mov"),
    "relative": _named("A001.mov"),
    "keeps everything": lambda show: export(plan(NTSC, [777]), show),
    "keeps one frame": lambda show: export(plan(NTSC, [500, 1, 276], first_kept=False), show),
    "one frame long": lambda show: export(plan(Fraction(24), [1]), show),
}
# Odd enough for a table of their own: no timeline has all their frames.
ODD: dict[str, Kind] = {
    "7 pictures a second": _film(Fraction(7)),
    "90 pictures a second": _film(Fraction(90)),
}
__all__ = ["KINDS", "LENGTHS", "ODD", "Reference"]
