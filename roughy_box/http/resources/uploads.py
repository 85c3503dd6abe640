"""``/v1/uploads``: TUS 1.0.0 with termination and expiration.

The checks are in the order of the protocol's text: version, then the upload, then the chunk.
"""

from __future__ import annotations

import asyncio

from sanic import HTTPResponse, Request

from roughy_box.base import clock
from roughy_box.base.tasks import run_to_completion
from roughy_box.domain.errors import BoxError
from roughy_box.domain.upload import parse_offset
from roughy_box.http.openapi.operation import NOTHING, Answer, Content, Operation, PathParameter
from roughy_box.http.resources import examples
from roughy_box.http.server.call import Call
from roughy_box.http.server.middleware import CHUNK_TYPE, TUS_VERSION
from roughy_box.http.server.traffic import Flow
from roughy_box.http.transfer.body import RequestBody
from roughy_box.services import uploads
from roughy_box.services.uploads import UploadStatus

PATH = {"upload_id": PathParameter("The id of the asset.", examples.ASSET_ID, is_id=False)}
_CHUNK = Content(media_types=(CHUNK_TYPE,))
_CAPABILITIES = Answer(
    "The protocol versions, extensions and limits.", headers=("Tus-Version", "Tus-Extension", "Tus-Max-Size")
)
_STATUS = Answer("The status of the upload.", headers=("Upload-Offset", "Upload-Length", "Upload-Expires?"))
_CHUNK_ERRORS = (
    *("not_found", "offset_mismatch", "unsupported_media", "gone"),
    *("unsupported_media_type", "locked", "insufficient_storage"),
)


async def capabilities(call: Call, **_path: str) -> HTTPResponse:
    """``OPTIONS``: the supported version and extensions, whatever version the client speaks."""
    return HTTPResponse(
        status=204,
        headers={
            "Tus-Version": TUS_VERSION,
            "Tus-Extension": "termination,expiration",
            "Tus-Max-Size": str(call.box.config.uploads.max_size),
        },
    )


DISCOVER = Operation(
    "discover_tus",
    "Uploads",
    "Read the capabilities of the upload protocol",
    {204: _CAPABILITIES},
    "Needs neither a key nor `Tus-Resumable`; it also answers preflight requests.",
)
DISCOVER_AT_UPLOAD = Operation(
    "discover_tus_of_upload",
    "Uploads",
    "Read the capabilities at the URL of an upload",
    {204: _CAPABILITIES},
    "Answered for any id.",
    path=PATH,
)


async def head(call: Call, upload_id: str) -> HTTPResponse:
    """``HEAD``: the offset of an upload."""
    _check_version(call.request)
    status = await uploads.status(call.box, call.account_id, upload_id.lower())
    headers = {**_progress(status), "Upload-Length": str(status.length)}
    return HTTPResponse(status=200, headers=headers, content_type=CHUNK_TYPE)


HEAD = Operation(
    "read_upload",
    "Uploads",
    "Read the offset of an upload",
    {200: _STATUS},
    "Does not interrupt a running `PATCH`. Works on a complete upload as long as its asset exists.",
    errors=("not_found", "gone"),
    path=PATH,
    headers=("Tus-Resumable",),
)


async def patch(call: Call, upload_id: str) -> HTTPResponse:
    """``PATCH``: one chunk. A client that disconnects ends the body, not the work on it."""
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


PATCH = Operation(
    "send_chunk",
    "Uploads",
    "Send a chunk",
    {204: Answer("The chunk is stored.", headers=("Upload-Offset", "Upload-Expires?"))},
    "A chunk may have any size, and its length may be unknown (`Transfer-Encoding: chunked`). The first one must have "
    "at least 64 bytes, from which the format is detected; if it is not audio or video, the answer is 409 "
    "`unsupported_media` and the upload is final. Every byte that arrives is kept, also of an interrupted request; "
    "`HEAD` returns the offset to resume at. Only one request may write at a time: others get 423.",
    errors=_CHUNK_ERRORS,
    path=PATH,
    headers=("Tus-Resumable", "Upload-Offset"),
    body=_CHUNK,
)


async def delete(call: Call, upload_id: str) -> HTTPResponse:
    """``DELETE``: cancel an upload. Repeatable, and answered alike for an unknown id."""
    _check_version(call.request)
    await uploads.terminate(call.box, call.account_id, upload_id.lower())
    return HTTPResponse(status=204)


DELETE = Operation(
    "cancel_upload",
    "Uploads",
    "Cancel an incomplete upload and delete its asset",
    {204: NOTHING},
    "Idempotent. Has no effect on a complete upload or on an unknown id.",
    path=PATH,
    headers=("Tus-Resumable",),
)


async def overridden(call: Call, upload_id: str) -> HTTPResponse:
    """``POST`` with ``X-HTTP-Method-Override``, for clients behind proxies without PATCH."""
    method = call.request.headers.get("x-http-method-override", "").upper()
    endpoint = {"PATCH": patch, "HEAD": head, "DELETE": delete}.get(method)
    if endpoint is None:
        raise BoxError(
            "method_not_allowed",
            "POST needs X-HTTP-Method-Override: PATCH, HEAD or DELETE here.",
            headers={"Allow": "HEAD, PATCH, DELETE, OPTIONS"},
        )
    return await endpoint(call, upload_id)


OVERRIDDEN = Operation(
    "override_method",
    "Uploads",
    "PATCH, HEAD or DELETE for clients that can only POST",
    {200: _STATUS, 204: Answer("As for the method given.", headers=("Upload-Offset?", "Upload-Expires?"))},
    "Put the method into `X-HTTP-Method-Override`; everything else is as for that method.",
    errors=(*_CHUNK_ERRORS, "method_not_allowed"),
    path=PATH,
    headers=("X-HTTP-Method-Override", "Tus-Resumable", "Upload-Offset?"),
    body=_CHUNK,
)


def _check_version(request: Request) -> None:
    if _values(request, "tus-resumable") != [TUS_VERSION]:
        raise BoxError("precondition_failed", headers={"Tus-Version": TUS_VERSION})


def _values(request: Request, header: str) -> list[str]:
    # Sanic leaves the white space behind a value, which is not part of it (RFC 9110, section 5.5).
    return [value.rstrip(" \t") for value in request.headers.getall(header, [])]


def _progress(status: UploadStatus) -> dict[str, str]:
    headers = {"Upload-Offset": str(status.offset)}
    if status.expires_at is not None:
        headers["Upload-Expires"] = clock.http_date(status.expires_at)
    return headers
