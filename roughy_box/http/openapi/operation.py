"""What the document says of one route beyond its method and path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from roughy_box.http.server.schemas import Strict

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Content:
    """A body: its media types, its model (none for bytes) and examples by name."""

    model: type[BaseModel] | None = None
    examples: Mapping[str, Any] = field(default_factory=dict)
    media_types: tuple[str, ...] = (JSON,)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that is no error. A ``?`` after a header's name: not always there."""

    description: str
    content: Content | None = None
    headers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. ``errors``: codes beside those that every route of its kind can answer with (errors.py)."""

    id: str
    tag: str
    summary: str
    answers: Mapping[int, Answer]
    description: str = ""
    errors: tuple[str, ...] = ()
    query: type[BaseModel] | None = None
    headers: tuple[str, ...] = ()
    body: Content | None = None


def json_body(model: type[Strict], **examples: Any) -> Content:
    """A JSON body of a request."""
    return Content(model, examples)


def json_answer(
    description: str,
    model: type[BaseModel],
    *,
    headers: tuple[str, ...] = (),
    links: tuple[str, ...] = (),
    **examples: Any,
) -> Answer:
    """An answer with a JSON body; ``examples`` by name."""
    return Answer(description, Content(model, examples), headers, links)


NOTHING = Answer("Done; the answer has no body.")
