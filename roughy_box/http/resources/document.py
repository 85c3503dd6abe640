"""``/v1/openapi.json``: built when it is first read, then served with the address of the box in place."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import Field
from sanic import HTTPResponse

from roughy_box.http.openapi.operation import BASE, Answer, Operation, Route, json_answer
from roughy_box.http.resources.assets import NewAsset
from roughy_box.http.resources.webhook_events import EVENTS
from roughy_box.http.server.call import Call
from roughy_box.http.server.responses import Schema
from roughy_box.http.server.urls import base_url
from roughy_box.http.transfer.ranges import is_known


class Document(Schema):
    """An OpenAPI document."""

    openapi: str = Field(pattern=r"^3\.1\.")
    info: dict[str, Any]
    paths: dict[str, Any]


async def read(call: Call, routes: Sequence[Route]) -> HTTPResponse:
    """``GET /v1/openapi.json``: the document of ``routes``. Errors: ``bad_request`` for a malformed ``Host``."""
    base = base_url(call.request, call.box.config)
    text = await asyncio.to_thread(_text, tuple(routes), call.box.config.uploads.max_size, base)
    etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    # Revalidated every time: another version of the box may be at this URL by then.
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if is_known(call.request, etag):
        return HTTPResponse(status=304, headers=headers)
    return HTTPResponse(text, headers=headers, content_type="application/json")


READ = Operation(
    "read_document",
    "Service",
    "Read this document",
    {
        200: json_answer(
            "The document.",
            Document,
            headers=("ETag", "Cache-Control"),
            document={"openapi": "3.1.0", "info": {"title": "Roughy Box"}, "paths": {}},
        ),
        304: Answer("Unchanged: the `ETag` is among those of `If-None-Match`.", headers=("ETag", "Cache-Control")),
    },
    "Generated from the routes of this box, with its URL and its limits.",
    headers=("If-None-Match?",),
)


def _text(routes: tuple[Route, ...], largest_upload: int, base: str) -> bytes:
    return _template(routes, largest_upload).replace(BASE, json.dumps(base)[1:-1]).encode()


@cache
def _template(routes: tuple[Route, ...], largest_upload: int) -> str:
    # Imported here to keep the start of a box short.
    from roughy_box.http.openapi.document import build

    document = build(routes, EVENTS)
    document["components"]["schemas"][NewAsset.__name__]["properties"]["size_bytes"]["maximum"] = largest_upload
    return json.dumps(document, separators=(",", ":"))
