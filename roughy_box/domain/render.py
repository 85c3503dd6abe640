"""A render: which files can be made of an asset, its states, and the reasons why one fails.

Source: contract, section 10. A failed render that is posted again waits again, in the same row; so does a completed
one whose file was lost.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Literal

from roughy_box.domain.asset import MediaType

MOST_OPEN = 1000  # renders of an account that wait or run

Format = Literal["mp4", "mov", "m4a", "mp3"]
Resolution = Literal["720p", "1080p", "4k"]

SOUND_FORMATS = ("m4a", "mp3")
_PICTURE_MEMBERS = ("resolution", "video_bitrate", "frame_rate")


class RenderState(StrEnum):
    """The states of a render."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


OPEN = (RenderState.PENDING, RenderState.PROCESSING)

MOVES = frozenset(
    {
        (RenderState.PENDING, RenderState.PROCESSING),
        (RenderState.PROCESSING, RenderState.COMPLETED),
        (RenderState.PROCESSING, RenderState.FAILED),
        (RenderState.FAILED, RenderState.PENDING),
        (RenderState.COMPLETED, RenderState.PENDING),
    }
)


class RenderFailureCode(StrEnum):
    """The values of ``error_code`` of a ``failed`` render."""

    UNSUPPORTED_OUTPUT = "unsupported_output"
    MEDIA_MISSING = "media_missing"
    CORRUPT_MEDIA = "corrupt_media"
    PROCESSING_TIMEOUT = "processing_timeout"
    PROCESSING_CRASHED = "processing_crashed"


_SENTENCES = {
    RenderFailureCode.UNSUPPORTED_OUTPUT: "This file cannot be made of this asset.",
    RenderFailureCode.MEDIA_MISSING: "The file of this asset is missing on the disk of the box.",
    RenderFailureCode.CORRUPT_MEDIA: "The file of this asset cannot be read any more. Restore it from a backup.",
    RenderFailureCode.PROCESSING_TIMEOUT: "The render could not be made in the time allowed.",
    RenderFailureCode.PROCESSING_CRASHED: "The render could not be made: the work on it crashed twice.",
}


class RenderFailure(Exception):
    """The reason why a render cannot be made: a code for programs and a sentence."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = RenderFailureCode(code)
        self.message = message or _SENTENCES[self.code]
        super().__init__(self.message)


class BadOutput(ValueError):
    """A value of an output that does not go with the others, or with the asset; ``member`` is its name."""

    def __init__(self, member: str, message: str) -> None:
        super().__init__(message)
        self.member = member


def check_output(format: str, given: Collection[str], media_type: MediaType) -> None:
    """Check the members that an output was ``given`` against its format and the asset. Errors: :class:`BadOutput`."""
    if format in SOUND_FORMATS:
        for member in _PICTURE_MEMBERS:
            if member in given:
                raise BadOutput(member, f"is for mp4 and mov; {format} has no picture. Leave it out.")
    elif media_type == "audio":
        raise BadOutput("format", f"{format} needs a picture, and this asset is audio. Use m4a or mp3.")


def check_sound(format: str, has_sound: bool) -> None:
    """Check that an asset has the sound that a format needs. Errors: :class:`BadOutput`."""
    if format in SOUND_FORMATS and not has_sound:
        raise BadOutput("format", f"{format} needs sound, and this asset has none. Use mp4 or mov.")
