"""The ``webhooks`` of the document: what receivers are sent (OpenAPI 3.1.0, section 4.8.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from roughy_box.http.openapi.components import Components
from roughy_box.http.openapi.operation import Event

Json = dict[str, Any]

_ID = "019de802-6b11-7f4e-a9d3-50c1e7a2b944"
_HEADERS = (
    ("id", "The id of the delivery, the same at every attempt: drop one that was handled before.", "string", _ID),
    ("timestamp", "When this attempt was made, in seconds since 1970.", "integer", 1_777_712_825),
    (
        "signature",
        "`v1,` and the HMAC-SHA256 over `id.timestamp.body` in base64; after a rotation several, with spaces between.",
        "string",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
)
_RESPONSES: Json = {
    "2XX": {"description": "Received. Answer within 15 seconds; the body is ignored."},
    "410": {"description": "Disables the endpoint: nothing more is sent."},
    "default": {"description": "Not received, as is no answer: another attempt follows, up to eight in 28 hours."},
}


def describe(event: Event, parts: Components) -> Json:
    """Return the path item of one event."""
    return {
        "post": {
            "operationId": f"receive_{event.type.replace('.', '_')}",
            "tags": ["Webhooks"],
            "summary": event.summary,
            "description": "Sent to the endpoints that subscribe to it.",
            "parameters": list(_parameters(parts)),
            "requestBody": {"required": True, "content": parts.content(event.body)},
            "security": [],
            "responses": _RESPONSES,
        }
    }


def _parameters(parts: Components) -> Iterator[Json]:
    for family in ("webhook", "svix"):
        for name, description, kind, example in _HEADERS:
            parameter = {
                "name": f"{family}-{name}",
                "in": "header",
                "required": True,
                "schema": {"type": kind},
                "example": example,
                "description": description,
            }
            yield parts.reference("parameters", f"{family}-{name}", parameter)
