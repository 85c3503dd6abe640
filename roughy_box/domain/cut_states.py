"""The states of a cut, the moves between them, and the reasons why one fails.

Source: contract, section 9. A failed cut that is posted again waits again, in the same row.
"""

from __future__ import annotations

from enum import StrEnum


class CutState(StrEnum):
    """The states of a cut."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


MOVES = frozenset(
    {
        (CutState.PENDING, CutState.PROCESSING),
        (CutState.PROCESSING, CutState.COMPLETED),
        (CutState.PROCESSING, CutState.FAILED),
        (CutState.FAILED, CutState.PENDING),
    }
)


class CutFailureCode(StrEnum):
    """The values of ``error_code`` of a ``failed`` cut."""

    NO_AUDIO = "no_audio"
    NO_SPEECH = "no_speech"
    MEDIA_MISSING = "media_missing"
    CORRUPT_MEDIA = "corrupt_media"
    PROCESSING_TIMEOUT = "processing_timeout"
    PROCESSING_CRASHED = "processing_crashed"


_SENTENCES = {
    CutFailureCode.NO_AUDIO: "This asset has no sound that could be heard.",
    CutFailureCode.NO_SPEECH: "No speech was heard that could be kept.",
    CutFailureCode.MEDIA_MISSING: "The file of this asset is missing on the disk of the box.",
    CutFailureCode.CORRUPT_MEDIA: "The file of this asset cannot be read any more. Restore it from a backup.",
    CutFailureCode.PROCESSING_TIMEOUT: "The cut could not be made in the time allowed.",
    CutFailureCode.PROCESSING_CRASHED: "The cut could not be made: the work on it crashed twice.",
}


class CutFailure(Exception):
    """The reason why a cut cannot be made: a code for programs and a sentence."""

    def __init__(self, code: str) -> None:
        self.code = CutFailureCode(code)
        self.message = _SENTENCES[self.code]
        super().__init__(self.message)
