"""The bodies of ``/v1/webhook-endpoints``, and those that deliveries carry."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from roughy_box.domain.asset import State
from roughy_box.domain.controls import CONTROLS
from roughy_box.domain.webhook import (
    LONGEST_DESCRIPTION,
    DeliveryState,
    DisabledReason,
    EndpointState,
    EventType,
    check_description,
    check_event_types,
)
from roughy_box.domain.webhook_address import LONGEST_URL, parse_target
from roughy_box.http.server.requests import Id, Strict
from roughy_box.http.server.responses import Count, Moment, PageOf, Schema, Url


def _url(value: str) -> str:
    parse_target(value)
    return value


def _description(value: str) -> str:
    return check_description(value) or ""


EventTypes = Annotated[
    list[str],
    AfterValidator(check_event_types),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "string", "enum": [*EventType]},
            "minItems": 1,
            "maxItems": len(EventType),
            "uniqueItems": True,
        }
    ),
]
EndpointUrl = Annotated[
    str,
    AfterValidator(_url),
    WithJsonSchema(
        {"type": "string", "format": "uri", "maxLength": LONGEST_URL, "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}
    ),
]
Description = Annotated[
    str,
    AfterValidator(_description),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_DESCRIPTION, "pattern": rf"^[^{CONTROLS}]*$"}),
]


class NewEndpoint(Strict):
    """The values of a new webhook endpoint."""

    url: EndpointUrl = Field(description="Where events are posted: `https`, or `http` at a private address.")
    event_types: EventTypes = Field(description="The events that are sent there.")
    description: Description | None = Field(None, description="For people.")


class EndpointChange(Strict):
    """The values of a webhook endpoint that can be changed."""

    url: EndpointUrl | None = Field(None, description="Also of deliveries that wait.")
    event_types: EventTypes | None = Field(None, description="Replaces the list, for events from now on.")
    description: Description | None = Field(None, description="An empty one removes it.")
    state: Literal["enabled", "disabled"] | None = Field(
        None, description="A disabled endpoint gets no new deliveries; those that wait stay."
    )


class Rotation(Strict):
    """The wish for a new secret."""

    expire_old: bool | None = Field(None, description="True: the old secret does not sign along for 24 hours.")


class Endpoint(Schema):
    """A webhook endpoint: a URL that events are posted to."""

    id: Id
    url: Url
    event_types: list[EventType]
    description: str | None
    created_at: Moment
    state: EndpointState
    disabled_reason: DisabledReason | None = Field(
        description="Why it is `disabled`: by hand, after a 410, or after 5 days of failure; else null."
    )


class EndpointWithSecret(Endpoint):
    """A webhook endpoint and its secret, which is shown this once."""

    secret: str = Field(
        pattern=r"^whsec_[A-Za-z0-9+/]{43}=$", description="Give it to the receiver, which verifies signatures with it."
    )


class EndpointPage(PageOf):
    """A page of the list of webhook endpoints, newest first."""

    items: list[Endpoint]


class Delivery(Schema):
    """One event for one endpoint."""

    id: Id = Field(description="The `svix-id` and `webhook-id` of every attempt.")
    event_type: Literal[*EventType, "endpoint.test"]  # type: ignore[valid-type]
    entity_id: Id
    state: DeliveryState = Field(description="`failed` only when no attempt is planned any more.")
    attempts: Count
    last_status: int | None = Field(description="The status that the last attempt was answered with, if it was.")
    last_error: str | None = Field(description="Why the last attempt failed, as a sentence.")
    next_attempt_at: Moment | None
    created_at: Moment
    delivered_at: Moment | None


class DeliveryPage(PageOf):
    """A page of the deliveries of an endpoint, newest first."""

    items: list[Delivery]


class EventData(Schema):
    """The entity of an event; read it for its present state."""

    entity_id: Id
    asset_id: Id | None


class ReadyData(EventData):
    """The asset that became ready."""

    previous_state: State = Field(description="`processing`, or `pending_payment` before a top-up.")


class EventBody(Schema):
    """The body of a delivery."""

    type: str
    data: EventData


class ReadyEventBody(Schema):
    """The body of a delivery of `asset.ready`."""

    type: Literal["asset.ready"]
    data: ReadyData
