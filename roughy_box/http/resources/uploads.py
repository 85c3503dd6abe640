"""TUS 1.0.0 with termination and expiration: its headers on one side, the uploads on the other.

The checks stand in the order of the protocol's text: version, then the upload, then the chunk.
"""

from __future__ import annotations

import asyncio

from sanic import HTTPResponse, Request

from roughy_box.base import clock
from roughy_box.base.tasks import run_to_completion
from roughy_box.domain.errors import BoxError
from roughy_box.domain.upload import parse_offset
from roughy_box.http.server.call import Call
from roughy_box.http.server.middleware import CHUNK_TYPE, TUS_VERSION
from roughy_box.http.server.traffic import Flow
from roughy_box.http.transfer.body import RequestBody
from roughy_box.services import uploads
from roughy_box.services.uploads import UploadStatus


async def capabilities(call: Call, **_path: str) -> HTTPResponse:
    """``OPTIONS``: what this server speaks, whatever version the client does."""
    return HTTPResponse(
        status=204,
        headers={
            "Tus-Version": TUS_VERSION,
            "Tus-Extension": "termination,expiration",
            "Tus-Max-Size": str(call.box.config.uploads.max_size),
        },
    )


async def head(call: Call, upload_id: str) -> HTTPResponse:
    """``HEAD``: how far the upload got."""
    _check_version(call.request)
    status = await uploads.status(call.box, call.account_id, upload_id.lower())
    headers = {**_progress(status), "Upload-Length": str(status.length)}
    return HTTPResponse(status=200, headers=headers, content_type=CHUNK_TYPE)


async def patch(call: Call, upload_id: str) -> HTTPResponse:
    """``PATCH``: one chunk. The client going away ends the body, not the work on it."""
    request = call.request
    _check_version(request)
    if _values(request, "content-type") != [CHUNK_TYPE]:
        raise BoxError("unsupported_media_type", f"Content-Type must be {CHUNK_TYPE}.")
    offset = parse_offset(_values(request, "upload-offset"))
    request.ctx.offset, request.ctx.received = offset, Flow(request.app.ctx.traffic.received)
    body = RequestBody(request, call.box.config.uploads.silence_timeout, request.ctx.received)
    try:
        status = await run_to_completion(uploads.receive(call.box, call.account_id, upload_id.lower(), offset, body))
    except asyncio.CancelledError:
        body.lose()
        raise
    return HTTPResponse(status=204, headers=_progress(status))


async def delete(call: Call, upload_id: str) -> HTTPResponse:
    """``DELETE``: cancel; also repeated, and of what never was."""
    _check_version(call.request)
    await uploads.terminate(call.box, call.account_id, upload_id.lower())
    return HTTPResponse(status=204)


async def overridden(call: Call, upload_id: str) -> HTTPResponse:
    """``POST`` with ``X-HTTP-Method-Override``, for clients behind proxies that know no PATCH."""
    method = call.request.headers.get("x-http-method-override", "").upper()
    endpoint = {"PATCH": patch, "HEAD": head, "DELETE": delete}.get(method)
    if endpoint is None:
        raise BoxError(
            "method_not_allowed",
            "POST works here only with X-HTTP-Method-Override: PATCH, HEAD or DELETE.",
            headers={"Allow": "HEAD, PATCH, DELETE, OPTIONS"},
        )
    return await endpoint(call, upload_id)


def _check_version(request: Request) -> None:
    if _values(request, "tus-resumable") != [TUS_VERSION]:
        raise BoxError("precondition_failed", headers={"Tus-Version": TUS_VERSION})


def _values(request: Request, header: str) -> list[str]:
    # Sanic leaves the white space behind a value, which is no part of it (RFC 9110, section 5.5).
    return [value.rstrip(" \t") for value in request.headers.getall(header, [])]


def _progress(status: UploadStatus) -> dict[str, str]:
    headers = {"Upload-Offset": str(status.offset)}
    if status.expires_at is not None:
        headers["Upload-Expires"] = clock.http_date(status.expires_at)
    return headers
