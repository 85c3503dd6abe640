"""What the event stream tells of: a row of the table of entities, and an event as it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from roughy_box.services.box import Box


class Moving(NamedTuple):
    """An entity that is being worked on: how far that is, 0 to 1, and its stage."""

    id: str
    account_id: str
    progress: float
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of entity.

    ``changes``: of ``asset.created``, the part behind the dot. ``show`` makes a row of the database what lists show.
    ``moving`` finds those whose progress is sent; their rows are in ``view``.
    """

    name: str
    changes: tuple[str, ...]
    show: Callable[[Box, Mapping[str, Any]], Mapping[str, Any]]
    view: str = ""
    moving: Callable[[Box], Iterable[Moving]] | None = None

    @property
    def types(self) -> list[str]:
        """Return the types of its events."""
        return [f"{self.name}.{change}" for change in (*self.changes, *(["progress"] if self.moving else []))]


def message(event_type: str, content: Mapping[str, Any], number: int | None = None) -> bytes:
    """Return an event of a stream (html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6)."""
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {event_type}\ndata: {json.dumps(content)}\n\n".encode()
