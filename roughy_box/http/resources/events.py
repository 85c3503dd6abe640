"""``/v1/events``: what happens in an account, as it happens, as server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema
from sanic import HTTPResponse

from roughy_box.http.openapi.operation import Answer, Content, Operation
from roughy_box.http.resources import examples
from roughy_box.http.resources.streamed import ENTITIES
from roughy_box.http.server.call import Call, bearer_token
from roughy_box.http.server.requests import read_query
from roughy_box.http.server.sanic_compat import stream_of
from roughy_box.services import event_stream
from roughy_box.services.event_stream import EventStream
from roughy_box.services.subscriber import Subscriber
from roughy_box.storage.database import DATABASE_ERRORS

CONTENT_TYPE = "text/event-stream"
TYPES = [each for entity in ENTITIES for each in entity.types]
# Some proxies collect an answer unless they are asked not to.
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def _types(value: str) -> str:
    for each in value.split(","):
        if each not in TYPES:
            raise ValueError(f"must be types of events with commas between them, of {', '.join(TYPES)}")
    return value


_CHOICE = "|".join(each.replace(".", r"\.") for each in TYPES)


class EventQuery(BaseModel):
    """The query of the stream of events."""

    types: (
        Annotated[
            str,
            AfterValidator(_types),
            WithJsonSchema({"type": "string", "pattern": f"^({_CHOICE})(,({_CHOICE}))*$"}),
        ]
        | None
    ) = Field(None, description="Only events of these types, with commas between them.", examples=["asset.ready"])


class _Sent:
    """The bytes of a stream that were sent."""

    count = 0


async def stream(call: Call) -> HTTPResponse | None:
    """``GET /v1/events``: does not end before the client or the server does.

    Errors: ``rate_limited``, ``unavailable`` for too many streams.
    """
    request, events = call.request, call.request.app.ctx.events
    types = read_query(request, EventQuery).types
    wanted: Collection[str] = frozenset(types.split(",") if types else TYPES)
    if request.method == "HEAD":
        return HTTPResponse(status=200, headers=_HEADERS, content_type=CONTENT_TYPE)
    connection, last_id = stream_of(request).protocol, str(request.headers.get("last-event-id", ""))
    async with events.subscribed(call.account_id, wanted, last_id, connection.cut_if_stalled) as subscriber:
        stream_of(request).keep_alive = False
        connection.end_with_client()
        request.ctx.sent = _Sent()
        headers = _HEADERS | {"Last-Event-ID": str(subscriber.after)}
        response = await request.respond(status=200, headers=headers, content_type=CONTENT_TYPE)
        async for messages in _messages(call, events, subscriber):
            await response.send(messages)
            request.ctx.sent.count += len(messages)
    return None


_EXAMPLE = f"id: 4711\nevent: project.changed\ndata: {json.dumps(examples.PROJECT)}\n\n"
STREAM = Operation(
    "stream_events",
    "Events",
    "Stream events",
    {
        200: Answer(
            "The events, until the client or the server ends it. Comments come every 15 seconds.",
            Content(media_types=(CONTENT_TYPE,), examples={"project": _EXAMPLE}),
            headers=("Cache-Control", "X-Accel-Buffering", "Last-Event-ID?"),
        )
    },
    "`event` is the type, `data` the entity as in its list, without signed URLs. A reader that is too slow is cut, and "
    "resumes with `Last-Event-ID`. At most 32 streams an account.",
    errors=("rate_limited", "unavailable"),
    query=EventQuery,
    headers=("Last-Event-ID?",),
)


async def _messages(call: Call, events: EventStream, subscriber: Subscriber) -> AsyncIterator[bytes]:
    """Yield what a subscriber is sent, until its subscription ends or its key is revoked."""
    yield event_stream.COMMENT  # so that the head goes out now
    async for missed in events.replay(subscriber):
        yield missed
    checked = time.monotonic()
    while messages := await subscriber.take():
        if time.monotonic() - checked >= event_stream.HEARTBEAT:
            checked = time.monotonic()
            if not await _is_still_valid(call):
                return
        yield messages


async def _is_still_valid(call: Call) -> bool:
    """Return whether the key of a stream was not revoked since it began."""
    with suppress(*DATABASE_ERRORS):
        return await call.box.keys.account_of(bearer_token(call.request)) == call.account_id
    return True
