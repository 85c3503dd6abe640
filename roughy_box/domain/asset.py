"""An asset: its states, the moves between them, its media kind.

Source: contract, section 3. A move that is not in :data:`MOVES` is a bug of the caller. The end of an asset is
not a state: its row is deleted, by the user in any state, by the reaper in ``pending_upload`` and ``pending_payment``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class State(StrEnum):
    """The states of an asset."""

    PENDING_UPLOAD = "pending_upload"
    PROCESSING = "processing"
    PENDING_PAYMENT = "pending_payment"
    READY = "ready"
    FAILED = "failed"


class Event(StrEnum):
    """The events that move an asset to another state."""

    COMPLETED = "completed"  # the last byte is stored
    REJECTED = "rejected"  # the first chunk is not media
    CHARGED = "charged"  # prepared or waiting, and the balance covers the price
    UNPAID = "unpaid"  # prepared, and the balance does not cover the price
    UNREADABLE = "unreadable"  # preparation failed for good


MOVES: dict[tuple[State, Event], State] = {
    (State.PENDING_UPLOAD, Event.COMPLETED): State.PROCESSING,
    (State.PENDING_UPLOAD, Event.REJECTED): State.FAILED,
    (State.PROCESSING, Event.CHARGED): State.READY,
    (State.PROCESSING, Event.UNPAID): State.PENDING_PAYMENT,
    (State.PROCESSING, Event.UNREADABLE): State.FAILED,
    (State.PENDING_PAYMENT, Event.CHARGED): State.READY,
}


class IllegalMove(Exception):
    """A move that the contract does not allow."""


def move(state: State, event: Event) -> State:
    """Return the state after ``event``.

    Errors: :class:`IllegalMove` for every pair that is not in the table.
    """
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalMove(f"{event} in state {state}") from None


MediaType = Literal["audio", "video"]


@dataclass(frozen=True, slots=True)
class MediaKind:
    """The detected kind of the bytes: three fields that always change together."""

    type: MediaType
    content_type: str
    extension: str


class FailureCode(StrEnum):
    """The values of ``error_code`` of a ``failed`` asset."""

    UNSUPPORTED_MEDIA = "unsupported_media"
    UNREADABLE_MEDIA = "unreadable_media"
    CORRUPT_MEDIA = "corrupt_media"
    PROCESSING_TIMEOUT = "processing_timeout"
    PROCESSING_CRASHED = "processing_crashed"


@dataclass(frozen=True, slots=True)
class Failure:
    """The verdict on media that cannot be prepared; ``message`` is written for people."""

    code: FailureCode
    message: str


@dataclass(frozen=True, slots=True)
class Preparation:
    """The verdict on usable media: its final kind and its duration."""

    kind: MediaKind
    duration_ms: int
