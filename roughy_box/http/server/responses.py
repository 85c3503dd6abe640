"""JSON answers, and the types that their models share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from sanic import HTTPResponse

from roughy_box.http.server.requests import Page

Row = TypeVar("Row")


class Schema(BaseModel):
    """A body that the box sends; used by the document alone, so it is built with it."""

    model_config = ConfigDict(defer_build=True)


Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Url = Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
Count = Annotated[int, Field(ge=0)]


class PageOf(Schema):
    """A page of a list; each resource has one of its own."""

    items: list[Any]
    total: Count = Field(description="The number of all items.")
    limit: int = Field(ge=1, le=100, description="The requested `limit`.")
    offset: Count = Field(description="The requested `offset`.")


def json_response(
    content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> HTTPResponse:
    """Return ``content`` as JSON."""
    return HTTPResponse(json.dumps(content), status, headers=dict(headers or {}), content_type="application/json")


def page_response(rows: Sequence[Row], total: int, query: Page, show: Callable[[Row], dict[str, Any]]) -> HTTPResponse:
    """Return ``rows``, one page of ``total`` items, each rendered by ``show``."""
    items = [show(row) for row in rows]
    return json_response({"items": items, "total": total, "limit": query.limit, "offset": query.offset})
