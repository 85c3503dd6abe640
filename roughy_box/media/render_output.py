"""The output of a render: its format, the size of its pictures, its bit rates. Both sides of the line import it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from roughy_box.domain.render import Format
from roughy_box.media.description import PictureSize

DAMAGED_MEDIA = "damaged_media"  # some pictures or some sound did not decode
SOURCE_ENDS_EARLY = "source_ends_early"  # from there on a picture stays, or it is silent
HDR_KEPT = "hdr_not_tone_mapped"  # the file is tagged as HDR, as its pictures still are
WARNINGS = (DAMAGED_MEDIA, SOURCE_ENDS_EARLY, HDR_KEPT)

_SHORTER_EDGE = {"540p": 540, "720p": 720, "1080p": 1080, "4k": 2160}
# Bits a second that a picture of so many lines needs at most: an encoder that aims at a quality stays below.
_MOST = ((540, 2_500_000), (720, 5_000_000), (1080, 10_000_000), (2160, 35_000_000))
_LEAST = 100_000  # a still picture hardly takes any, and its first one still must be sharp
_SOUND = {"mp4": 192, "mov": 192, "m4a": 160, "mp3": 192}  # kbit/s

X264 = "x264"
# Drivers reserve address space for all memory of a device and of the machine, of which they use little.
DEVICE_MEMORY = 2**46


@dataclass(frozen=True, slots=True)
class Encoder:
    """What encodes pictures, and how x264 does: its preset, and the quality it aims at."""

    name: str = X264
    preset: str = "veryfast"
    crf: int = 20


@dataclass(frozen=True, slots=True)
class RenderOutput:
    """The wanted file, of values that were checked before.

    ``resolution`` is "540p", "720p", "1080p" or "4k", ``video_bitrate`` in Mbit/s, ``audio_bitrate`` in kbit/s,
    ``frame_rate`` a whole number or a fraction. None leaves the choice to the render.
    """

    format: Format
    resolution: str | None = None
    video_bitrate: int | None = None
    audio_bitrate: int | None = None
    frame_rate: str | None = None

    @property
    def has_picture(self) -> bool:
        """Return whether the format holds pictures."""
        return self.format in ("mp4", "mov")


def picture_size(picture: PictureSize, resolution: str | None) -> tuple[int, int]:
    """Return the width and height of a render: upright, square pixels, even numbers, never larger than shown."""
    sides = (picture.width * picture.pixel_aspect, Fraction(picture.height))
    width, height = reversed(sides) if picture.rotation in (90, 270) else sides
    shorter = min(width, height)
    scale = min(Fraction(1), _SHORTER_EDGE[resolution] / shorter) if resolution else Fraction(1)
    return _even(width, scale), _even(height, scale)


def video_rate(output: RenderOutput, shorter_edge: int, of_source: int | None) -> int:
    """Return the most bits a second of the pictures; ``of_source`` is what the source takes, if that is known."""
    if output.video_bitrate:
        wanted = output.video_bitrate * 1_000_000
    else:
        wanted = next((rate for lines, rate in _MOST if shorter_edge <= lines), _MOST[-1][1])
    return min(wanted, max(_LEAST, of_source)) if of_source else wanted


def sound_rate(output: RenderOutput) -> int:
    """Return the bits a second of the sound."""
    return 1000 * (output.audio_bitrate or _SOUND[output.format])


def place_text(seconds: float) -> str:
    """Return how users are told a place of the source."""
    minutes, rest = divmod(int(seconds * 1000), 60_000)
    return f"{seconds:.3f} s after its start ({minutes // 60}:{minutes % 60:02}:{rest / 1000:06.3f})"


def _even(side: Fraction, scale: Fraction) -> int:
    """Return the even number nearest to a side, or the one below where that is larger than the whole side."""
    return max(2, min(2 * round(side * scale / 2), 2 * int(side / 2)))
