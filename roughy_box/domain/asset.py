"""What an asset is: its states, the moves between them, its media kind.

Source: contract, section 3. Everything not in :data:`MOVES` is a bug of the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class State(StrEnum):
    """Where an asset is in its life."""

    PENDING_UPLOAD = "pending_upload"
    PROCESSING = "processing"
    PENDING_PAYMENT = "pending_payment"
    READY = "ready"
    FAILED = "failed"


class Event(StrEnum):
    """What can happen to an asset."""

    COMPLETED = "completed"  # the last byte is stored
    REJECTED = "rejected"  # the first chunk is no media
    EXPIRED = "expired"  # idle past Upload-Expires
    CHARGED = "charged"  # prepared or waiting, and the balance covers the price
    UNPAID = "unpaid"  # prepared, and the balance does not cover the price
    UNREADABLE = "unreadable"  # preparation failed for good
    LAPSED = "lapsed"  # unpaid past the retention
    DELETED = "deleted"


class Gone:
    """The state after the last one: no row, no bytes."""


GONE = Gone()

MOVES: dict[tuple[State, Event], State | Gone] = {
    (State.PENDING_UPLOAD, Event.COMPLETED): State.PROCESSING,
    (State.PENDING_UPLOAD, Event.REJECTED): State.FAILED,
    (State.PENDING_UPLOAD, Event.EXPIRED): GONE,
    (State.PROCESSING, Event.CHARGED): State.READY,
    (State.PROCESSING, Event.UNPAID): State.PENDING_PAYMENT,
    (State.PROCESSING, Event.UNREADABLE): State.FAILED,
    (State.PENDING_PAYMENT, Event.CHARGED): State.READY,
    (State.PENDING_PAYMENT, Event.LAPSED): GONE,
    **{(state, Event.DELETED): GONE for state in State},
}


class IllegalMove(Exception):
    """A transition the contract does not know."""


def move(state: State, event: Event) -> State | Gone:
    """The state after ``event``.

    Raises :class:`IllegalMove` for every pair that is not in the table.
    """
    try:
        return MOVES[state, event]
    except KeyError:
        raise IllegalMove(f"{event} in state {state}") from None


MediaType = Literal["audio", "video"]


@dataclass(frozen=True, slots=True)
class MediaKind:
    """What the bytes are: the three fields that always change together."""

    type: MediaType
    content_type: str
    extension: str


class FailureCode(StrEnum):
    """Why an asset is ``failed``: the values of ``error_code``."""

    UNSUPPORTED_MEDIA = "unsupported_media"
    UNREADABLE_MEDIA = "unreadable_media"
    CORRUPT_MEDIA = "corrupt_media"
    PROCESSING_TIMEOUT = "processing_timeout"
    PROCESSING_CRASHED = "processing_crashed"


@dataclass(frozen=True, slots=True)
class Failure:
    """The verdict on media that cannot be prepared; ``message`` is fit to show to a person."""

    code: FailureCode
    message: str


@dataclass(frozen=True, slots=True)
class Preparation:
    """The verdict on media that can be used: its settled kind and how long it plays."""

    kind: MediaKind
    duration_ms: int
