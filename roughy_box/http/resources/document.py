"""The document as it is served: made when the first reader asks, with the address of the box put in."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from functools import cache

from sanic import HTTPResponse

from roughy_box.http.server.call import Call, Route
from roughy_box.http.server.urls import base_url
from roughy_box.http.transfer.ranges import is_known


async def respond(call: Call, routes: Sequence[Route]) -> HTTPResponse:
    """The document of ``routes``. Errors: ``bad_request`` for a ``Host`` that is none."""
    base = base_url(call.request, call.box.config)
    text = await asyncio.to_thread(_text, tuple(routes), call.box.config.uploads.max_size, base)
    etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    # To be asked for again each time: another version of the box may be behind the address by then.
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if is_known(call.request.headers.get("if-none-match"), etag):
        return HTTPResponse(status=304, headers=headers)
    return HTTPResponse(text, headers=headers, content_type="application/json")


def _text(routes: tuple[Route, ...], largest_upload: int, base: str) -> bytes:
    # Imported here because it takes longer than the start of a box should.
    from roughy_box.http.openapi.examples import BASE

    return _template(routes, largest_upload).replace(BASE, json.dumps(base)[1:-1]).encode()


@cache
def _template(routes: tuple[Route, ...], largest_upload: int) -> str:
    from roughy_box.http.openapi.document import build

    return json.dumps(build(routes, largest_upload), separators=(",", ":"))
