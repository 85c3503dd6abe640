"""A route, and what the document says of it beyond its method and path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import BaseModel

from roughy_box.http.server.call import Endpoint
from roughy_box.http.server.requests import Strict

JSON = "application/json"
Json = dict[str, Any]

# The URL of examples; replaced with that of the box when the document is served.
BASE = "https://box.example.com"
ANY_TEXT: Json = {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Content:
    """A body: its media types, its model (none for bytes) and examples by name; ``alternatives`` of other types.

    ``is_required``: a request must have it.
    """

    model: type[BaseModel] | None = None
    examples: Mapping[str, Any] = field(default_factory=dict)
    media_types: tuple[str, ...] = (JSON,)
    alternatives: tuple[Content, ...] = ()
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is not an error.

    ``headers``: their names, with a ``?`` behind those that are not always there. ``links``: the operations that
    may follow, with their parameters.
    """

    description: str
    content: Content | None = None
    headers: tuple[str, ...] = ()
    links: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PathParameter:
    """A part of a path.

    ``is_id``: refused with a field error if it is not a UUID. ``component``: its name in the document, where it
    differs from the one in the path.
    """

    description: str
    example: str
    is_id: bool = True
    component: str = ""

    @property
    def schema(self) -> Json:
        """Return the JSON Schema of its values."""
        return {"type": "string", "format": "uuid"} if self.is_id else ANY_TEXT


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One method of one path.

    ``errors``: the codes beyond those that every route of its kind can answer with (errors.py). ``path``: the
    parameters by their names in the path.
    """

    id: str
    tag: str
    summary: str
    answers: Mapping[int, Answer]
    description: str = ""
    errors: tuple[str, ...] = ()
    path: Mapping[str, PathParameter] = field(default_factory=dict)
    query: type[BaseModel] | None = None
    headers: tuple[str, ...] = ()
    body: Content | None = None


class Event(NamedTuple):
    """An event that receivers of webhooks are sent: its type, what happened, and the body."""

    type: str
    summary: str
    body: Content


class Route(NamedTuple):
    """One endpoint.

    ``operation``: None where it is not part of the API. ``public``: needs no key. ``streams``: reads or sends bytes
    for long, so it may be cancelled.
    """

    method: str
    path: str
    endpoint: Endpoint
    operation: Operation | None
    public: bool = False
    streams: bool = False


def json_body(model: type[Strict], **examples: Any) -> Content:
    """Return a JSON body of a request."""
    return Content(model, examples)


def json_answer(
    description: str,
    model: type[BaseModel],
    *,
    headers: tuple[str, ...] = (),
    links: Mapping[str, Json] | None = None,
    **examples: Any,
) -> Answer:
    """Return an answer with a JSON body; ``examples`` by name."""
    return Answer(description, Content(model, examples), headers, links or {})


NOTHING = Answer("Done; the answer has no body.")
