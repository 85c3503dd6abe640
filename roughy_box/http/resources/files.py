"""``/files/projects``: the bytes of ready assets, at signed, short-lived URLs that end with their asset.

The path on disk is made from the row, never from the URL.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

import aiofiles
from aiofiles.threadpool.binary import AsyncFileIO
from pydantic import Field
from sanic import HTTPResponse, Request

from roughy_box.base import clock
from roughy_box.base.files import open_regular
from roughy_box.domain.errors import BoxError
from roughy_box.http.openapi.operation import Answer, Content, Operation, PathParameter
from roughy_box.http.resources import examples, projects
from roughy_box.http.resources.signing import SignedQuery, check_signature, signed
from roughy_box.http.server.call import Call
from roughy_box.http.server.sanic_compat import stream_of
from roughy_box.http.server.traffic import Flow
from roughy_box.http.transfer.ranges import Span, is_not_modified, parse_range
from roughy_box.http.transfer.sendfile import send
from roughy_box.services import assets
from roughy_box.services.box import Box
from roughy_box.storage.models import Asset

log = logging.getLogger(__name__)

# A browser treats a file as data, whatever it contains.
INERT = {
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


INERT_HEADERS = (*INERT, "ETag", "Cache-Control")
NAME = "The asset's id and extension."


class FileQuery(SignedQuery):
    """The query of a signed file URL."""

    download: str | None = Field(None, description="`1` has browsers save the file instead of playing it.")


@dataclass(frozen=True, slots=True)
class _File:
    size: int
    etag: str
    modified: str


def signed_url(base: str, box: Box, asset: Asset) -> str:
    """Return an absolute URL of the asset's bytes, valid for ``downloads.url_ttl``."""
    path = f"/files/projects/{asset.project_id}/{asset.id}.{asset.extension}"
    return signed(box, base, path, int(clock.now() // clock.SECOND + box.config.downloads.url_ttl))


async def download(call: Call, project_id: str, name: str) -> HTTPResponse | None:
    """``GET`` and ``HEAD`` of a file (RFC 9110, sections 13 and 14).

    Errors: ``forbidden`` for an altered or expired URL, ``not_found`` once the asset was deleted, ``internal_error``
    where the file does not have its former length.
    """
    request = call.request
    check_signature(call.box, request)
    asset = await assets.find_ready(name.partition(".")[0])
    if asset is None or asset.project_id != project_id or name != f"{asset.id}.{asset.extension}":
        raise BoxError("not_found", "This file was deleted.")
    assert asset.extension is not None
    path = call.box.blobs.media(asset.project_id, asset.id, asset.extension)
    async with _opened(path) as file:
        stat = os.fstat(file.fileno())
        _check_size(asset, stat.st_size)
        facts = _facts(asset, stat)
        headers = _headers(request, asset, facts)
        if is_not_modified(request, facts.etag, facts.modified):
            return HTTPResponse(status=304, headers=headers)
        span = _span(request, facts)
        return await _send(request, file, headers, asset, facts, span)


_HEADERS = (*INERT_HEADERS, "Last-Modified", "Accept-Ranges", "Content-Disposition")
_BYTES = Content(media_types=("audio/*", "video/*"))
DOWNLOAD = Operation(
    "download_file",
    "Files",
    "Download a ready asset",
    {
        200: Answer("The file.", _BYTES, (*_HEADERS, "Content-Length")),
        206: Answer("The requested range.", _BYTES, (*_HEADERS, "Content-Length", "Content-Range")),
        304: Answer("Unchanged.", headers=_HEADERS),
    },
    "`download_url` of an asset is such a URL, complete with its signature. It works without a key for "
    "`downloads.url_ttl` (15 minutes), as long as the asset exists.",
    errors=("forbidden", "not_found", "range_not_satisfiable"),
    path=projects.PATH | {"name": PathParameter(NAME, f"{examples.ASSET_ID}.mp4", is_id=False)},
    query=FileQuery,
    headers=("Range?", "If-Range?", "If-None-Match?", "If-Modified-Since?"),
)


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[AsyncFileIO]:
    try:
        file = await aiofiles.open(path, "rb", buffering=0, opener=open_regular)
    except FileNotFoundError:
        raise BoxError("not_found", "This file is missing on the disk of the box.") from None
    except OSError as error:
        log.error("cannot open %s: %s", path.name, error)
        raise BoxError("internal_error", "This file cannot be read on the disk of the box.") from None
    try:
        yield file
    finally:
        await file.close()


def _check_size(asset: Asset, size: int) -> None:
    """Refuse a file that was truncated, or written to by another program: it is not what was uploaded."""
    if size != asset.size_bytes:
        log.error("the file of asset %s has %d bytes instead of %d", asset.id, size, asset.size_bytes)
        raise BoxError("internal_error", "This file is damaged on the disk of the box. Restore it from a backup.")


def _facts(asset: Asset, stat: os.stat_result) -> _File:
    # The bytes of an asset never change, so its id is a strong tag.
    return _File(stat.st_size, f'"{asset.id}"', formatdate(stat.st_mtime, usegmt=True))


def _headers(request: Request, asset: Asset, facts: _File) -> dict[str, str]:
    headers = {
        **INERT,
        "Cache-Control": "private, max-age=0, must-revalidate",
        "Accept-Ranges": "bytes",
        "ETag": facts.etag,
        "Last-Modified": facts.modified,
    }
    kind = "attachment" if request.args.get("download") == "1" else "inline"
    headers["Content-Disposition"] = f'{kind}; filename="{asset.id}.{asset.extension}"'
    return headers


def _span(request: Request, facts: _File) -> Span | None:
    """Return the requested range; ``None`` for the whole file, also when ``If-Range`` does not match."""
    condition = request.headers.get("if-range")
    if request.method != "GET" or condition not in (None, facts.etag, facts.modified):
        return None
    return parse_range(request.headers.get("range", ""), facts.size)


async def _send(
    request: Request,
    file: AsyncFileIO,
    headers: dict[str, str],
    asset: Asset,
    facts: _File,
    span: Span | None,
) -> HTTPResponse | None:
    start, length = (span.start, span.length) if span else (0, facts.size)
    headers["Content-Length"] = str(length)
    if span:
        headers["Content-Range"] = f"bytes {span.start}-{span.end}/{facts.size}"
    content_type = asset.content_type or "application/octet-stream"
    if request.method == "HEAD":
        # Not with respond(): Sanic ends such an answer twice, the second time with an exception.
        return HTTPResponse(status=200, headers=headers, content_type=content_type)
    flow = request.ctx.sent = Flow(request.app.ctx.traffic.sent)
    response = await request.respond(status=206 if span else 200, headers=headers, content_type=content_type)
    await send(stream_of(request), response, file.fileno(), start, length, flow)
    return None
