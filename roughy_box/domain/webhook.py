"""Webhook endpoints and their deliveries: event types, states, the retry schedule, the body that is sent.

Source: contract, section 11.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum

from roughy_box.domain.controls import has_controls

MOST_ENDPOINTS = 50  # of an account
AT_A_TIME = 4  # deliveries of one endpoint
LONGEST_DESCRIPTION = 1000  # characters
ANSWER_TIMEOUT = 15.0  # seconds, for an attempt from its start to the end of the answer
LARGEST_ANSWER = 64 * 1024  # bytes that are read
GONE = 410  # the status by which a receiver ends an endpoint
KEPT = 30 * 24 * 3600  # seconds of history
FAILING_LIMIT = 5 * 24 * 3600  # seconds of failure after which an endpoint is disabled
SECRET_OVERLAP = 24 * 3600  # seconds for which an old secret signs after a rotation
MOST_OLD_SECRETS = 4  # that sign at the same time; a signature each, so that the headers stay short

RETRY_AFTER = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)  # seconds after each failed attempt
JITTER = 0.2  # of the wait, added at most
LONGEST_RETRY = max(RETRY_AFTER) * (1 + JITTER)


class EventType(StrEnum):
    """The events that an endpoint can subscribe to."""

    ASSET_READY = "asset.ready"
    ASSET_PENDING_PAYMENT = "asset.pending_payment"
    ASSET_FAILED = "asset.failed"
    CUT_COMPLETED = "cut.completed"
    CUT_FAILED = "cut.failed"
    RENDER_COMPLETED = "render.completed"
    RENDER_FAILED = "render.failed"
    RENDER_CANCELLED = "render.cancelled"


TEST_EVENT = "endpoint.test"  # sent by request, whatever an endpoint subscribes to


class EndpointState(StrEnum):
    """The states of an endpoint; one that is disabled gets no new deliveries, and those that wait stay."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class DisabledReason(StrEnum):
    """The reasons for which an endpoint is disabled."""

    MANUAL = "manual"  # by the user
    GONE = "gone"  # its receiver answered 410
    FAILING = "failing"  # no delivery arrived for five days


class DeliveryState(StrEnum):
    """The states of a delivery; ``pending`` also between two attempts."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


def check_event_types(names: Iterable[str]) -> list[str]:
    """Return the names of event types. Errors: ``ValueError`` for none, an unknown or a doubled one."""
    found: list[str] = []
    for name in names:
        if name not in frozenset(EventType):
            raise ValueError(f"must be of {', '.join(EventType)}")
        if name in found:
            raise ValueError(f"must name {name} once")
        found.append(name)
    if not found:
        raise ValueError("must name at least one event type")
    return found


def check_description(text: str) -> str | None:
    """Return the description without the white space around it; None for an empty one. Errors: ``ValueError``."""
    text = text.strip()
    if len(text) > LONGEST_DESCRIPTION:
        raise ValueError(f"must have at most {LONGEST_DESCRIPTION} characters")
    if has_controls(text):
        raise ValueError("must not contain control characters")
    return text or None


def retry_wait(attempts: int, chance: float) -> float | None:
    """Return the seconds until the next attempt after so many failed ones; None when there is none.

    ``chance``, from 0 to 1, spreads the retries of events that failed together.
    """
    if attempts > len(RETRY_AFTER):
        return None
    return RETRY_AFTER[attempts - 1] * (1 + JITTER * chance)


def is_success(status: int) -> bool:
    """Return whether the status of an answer confirms a delivery; a redirect does not."""
    return 200 <= status < 300


def body(event_type: str, entity_id: str, asset_id: str | None, previous_state: str | None) -> bytes:
    """Return the body of a delivery, the same for every attempt."""
    data = {"entity_id": entity_id, "asset_id": asset_id}
    if event_type == EventType.ASSET_READY and previous_state is not None:
        data["previous_state"] = previous_state
    return json.dumps({"type": event_type, "data": data}, separators=(",", ":")).encode()
