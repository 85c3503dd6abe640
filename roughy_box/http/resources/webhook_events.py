"""The events that endpoints can subscribe to, as the document describes them."""

from __future__ import annotations

from roughy_box.domain.webhook import TEST_EVENT, EventType
from roughy_box.http.openapi.operation import Content, Event
from roughy_box.http.resources import examples
from roughy_box.http.resources.webhook_models import EventBody, ReadyEventBody

_SUMMARIES: dict[str, str] = {
    EventType.ASSET_PENDING_PAYMENT: "An asset waits for a top-up",
    EventType.ASSET_FAILED: "An asset failed",
    EventType.CUT_COMPLETED: "A cut is completed",
    EventType.CUT_FAILED: "A cut failed",
    EventType.RENDER_COMPLETED: "A render is completed",
    EventType.RENDER_FAILED: "A render failed",
    EventType.RENDER_CANCELLED: "A render was deleted before it was completed",
}

EVENTS = (
    Event(
        EventType.ASSET_READY,
        "An asset is ready",
        Content(ReadyEventBody, {"ready": examples.READY_EVENT, "paid": examples.PAID_EVENT}),
    ),
    *(Event(name, text, Content(EventBody, {"event": examples.event(name)})) for name, text in _SUMMARIES.items()),
    Event(TEST_EVENT, "A test by request", Content(EventBody, {"test": examples.TEST_EVENT})),
)
