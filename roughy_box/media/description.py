"""The description of a file for timelines: its frame grid, tracks, timecode. Both sides of the line import it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

_LONGEST_LABEL = 16  # characters of a timecode
_MOST_TRACKS = 64
_LARGEST_SIDE = 2**17  # pixels
_FASTEST = 1000  # frames a second
LONGEST = 100 * 365 * 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class PictureSize:
    """The pictures as stored.

    ``rotation`` is what players turn them by, in degrees clockwise, after they have mirrored them left to right where
    they are ``mirrored``.
    """

    width: int
    height: int
    pixel_aspect: Fraction
    rotation: int
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """A track of sound; ``stream`` is its place among all streams of the file."""

    channels: int
    sample_rate: int
    stream: int


@dataclass(frozen=True, slots=True)
class Description:
    """The frame grid of a file and what else its timelines need; seconds.

    ``rate`` and ``length`` are the grid. ``offset`` is from the file's zero, as players show it, to the grid's;
    ``file_start`` is the timestamp of the file's zero. ``timecode`` is a label and the rate at which it counts;
    ``samples`` is the start of a broadcast wave file. ``sound`` holds the start and the end of the default track of a
    video, counted from the grid's zero; None where they were not measured.
    """

    rate: Fraction
    length: int
    duration: Fraction
    picture: PictureSize | None = None
    tracks: tuple[SoundTrack, ...] = ()
    default_track: int = 0
    offset: Fraction = Fraction(0)
    file_start: Fraction = Fraction(0)
    variable_rate: bool = False
    timecode: tuple[str, Fraction] | None = None
    samples: int | None = None
    sound: tuple[Fraction, Fraction] | None = None

    @property
    def outside(self) -> tuple[float, float]:
        """Return the seconds of sound before the first picture and after the last one, below 0 where it is inside."""
        first, end = self.sound or (Fraction(0), Fraction(0))
        return float(-first), float(end - self.length / self.rate)

    def to_json(self) -> str:
        """Return the description as JSON."""
        picture = self.picture
        return json.dumps(
            {
                "rate": str(self.rate),
                "length": self.length,
                "duration": str(self.duration),
                "picture": picture and _picture_values(picture),
                "tracks": [[track.channels, track.sample_rate, track.stream] for track in self.tracks],
                "default_track": self.default_track,
                "offset": str(self.offset),
                "file_start": str(self.file_start),
                "variable_rate": self.variable_rate,
                "timecode": self.timecode and [self.timecode[0], str(self.timecode[1])],
                "samples": self.samples,
                "sound": self.sound and [str(time) for time in self.sound],
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Description:
        """Return the description of such JSON. Errors: ``ValueError`` for anything else: a child may have sent it."""
        try:
            return _description(json.loads(text))
        except (LookupError, TypeError, ZeroDivisionError, RecursionError, OverflowError) as error:
            raise ValueError(f"not a description: {error}") from None


def _description(values: dict[str, Any]) -> Description:
    tracks = tuple(SoundTrack(*(_count(value) for value in row)) for row in values["tracks"][:_MOST_TRACKS])
    default_track = _count(values["default_track"])
    picture = values["picture"] and _picture(*values["picture"])
    if (tracks and default_track >= len(tracks)) or not (tracks or picture):
        raise ValueError("not a description: no track")
    return Description(
        rate=_positive(values["rate"], _FASTEST),
        length=_count(values["length"], least=1),
        duration=_positive(values["duration"], LONGEST),
        picture=picture,
        tracks=tracks,
        default_track=default_track,
        offset=parse_fraction(values["offset"], 0, LONGEST),
        file_start=parse_fraction(values["file_start"], -LONGEST, LONGEST),
        variable_rate=bool(values["variable_rate"]),
        timecode=values["timecode"] and _timecode(*values["timecode"]),
        samples=None if values["samples"] is None else _count(values["samples"], most=2**63),
        sound=_times(*sound) if (sound := values.get("sound")) else None,  # left out by versions before 0.1.0
    )


def _picture_values(picture: PictureSize) -> list[object]:
    return [picture.width, picture.height, str(picture.pixel_aspect), picture.rotation, picture.mirrored]


def _picture(width: object, height: object, aspect: str, rotation: object, mirrored: object = False) -> PictureSize:
    turned = _count(rotation)
    if turned not in (0, 90, 180, 270):
        raise ValueError("not a rotation")
    across, down = (_count(side, 1, _LARGEST_SIDE) for side in (width, height))
    return PictureSize(across, down, _positive(aspect, 1000), turned, bool(mirrored))


def _timecode(label: object, rate: str) -> tuple[str, Fraction]:
    if not isinstance(label, str) or not label.isprintable() or len(label) > _LONGEST_LABEL:
        raise ValueError("not a timecode")
    return label, _positive(rate, _FASTEST)


def _times(first: object, end: object) -> tuple[Fraction, Fraction]:
    return parse_fraction(first, -LONGEST, LONGEST), parse_fraction(end, -LONGEST, LONGEST)


def _positive(text: str, most: int) -> Fraction:
    value = parse_fraction(text, 0, most)
    if not value:
        raise ValueError("not above zero")
    return value


def parse_fraction(text: object, least: int = 0, most: int = LONGEST) -> Fraction:
    """Return the number that a child sent as text. Errors: ``ValueError`` for anything else."""
    if not isinstance(text, str) or len(text) > 100 or not text.isascii():
        raise ValueError("not a fraction")
    value = Fraction(text)
    if not least <= value <= most:
        raise ValueError("a fraction out of range")
    return value


def _count(value: object, least: int = 0, most: int = 2**53) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("not a count")
    return value
