"""The source of a plan, as timeline files describe it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from roughy_box.exports.media import Reference
from roughy_box.exports.timecode import Timecode, scaled


@dataclass(frozen=True, slots=True)
class Picture:
    """The pictures as stored; ``rotation`` is what players turn them by, in degrees clockwise."""

    width: int
    height: int
    pixel_aspect: Fraction = Fraction(1)
    rotation: int = 0

    @property
    def shown(self) -> tuple[int, int]:
        """Return width and height in pixels as players show them."""
        return (self.height, self.width) if self._lies else (self.width, self.height)

    @property
    def shown_aspect(self) -> Fraction:
        """Return width divided by height of a pixel as players show it."""
        return 1 / self.pixel_aspect if self._lies else self.pixel_aspect

    @property
    def _lies(self) -> bool:
        return self.rotation % 180 == 90


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """A track of sound in the file; ``stream`` is its place among all streams, where that is known."""

    channels: int
    sample_rate: int
    stream: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file on the editor's machine, and what the box measured of it.

    ``rate`` and ``length`` are the grid of the plan; ``duration`` is the seconds of the file as players show them.
    ``offset`` is the seconds from the file's zero, as players show it, to the plan's; ``file_start`` is the
    timestamp that the container gives to the file's zero (1.4 s in many transport streams).
    """

    asset_id: str
    extension: str
    media: Reference
    rate: Fraction
    length: int
    duration: Fraction
    name: str | None = None
    picture: Picture | None = None
    tracks: tuple[AudioTrack, ...] = ()
    default_track: int = 0
    timecode: Timecode | None = None
    variable_rate: bool = False
    offset: Fraction = Fraction(0)
    file_start: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        """Refuse a source that no file can be. Errors: ``ValueError``."""
        if not self.picture and not self.tracks:
            raise ValueError("a source has pictures or sound")
        if self.tracks and not 0 <= self.default_track < len(self.tracks):
            raise ValueError(f"track {self.default_track} is not one of {len(self.tracks)}")
        if self.offset < 0:
            raise ValueError("the plan begins inside the file")

    @property
    def track(self) -> AudioTrack | None:
        """Return the track that is heard, if the file has sound."""
        return self.tracks[self.default_track] if self.tracks else None

    @property
    def first_channel(self) -> int:
        """Return the number of the first channel that is heard, counted from 1 through all tracks."""
        return 1 + sum(track.channels for track in self.tracks[: self.default_track])

    def frames(self, rate: Fraction) -> int:
        """Return the frames of a timeline that the file fills from the plan's zero on, at least those of the plan."""
        planned = max(1, scaled(self.length, rate / self.rate))
        return max(planned, int((self.duration - self.offset) * rate))
