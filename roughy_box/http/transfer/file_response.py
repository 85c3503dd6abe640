"""Answers a request with an open file: conditions, ranges, and its bytes (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

import aiofiles
from aiofiles.threadpool.binary import AsyncFileIO
from sanic import HTTPResponse, Request

from roughy_box.base.files import open_regular
from roughy_box.domain.errors import BoxError
from roughy_box.http.server.sanic_compat import stream_of
from roughy_box.http.server.traffic import Flow
from roughy_box.http.transfer.ranges import Span, is_not_modified, parse_range
from roughy_box.http.transfer.sendfile import send

log = logging.getLogger(__name__)

# A browser treats a file as data, whatever it contains.
INERT = {
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
HEADERS = (*INERT, "ETag", "Cache-Control", "Last-Modified", "Accept-Ranges")  # of every answer


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is being served: its size in bytes and what identifies its content."""

    file: AsyncFileIO
    size: int
    modified: str
    version: str  # changes when the file is written again

    def etag(self, name: str = "") -> str:
        """Return a strong tag: of ``name`` where that says it all, else of the file's version."""
        return f'"{name or self.version}"'


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[OpenFile]:
    """Open a file for an answer. Errors: ``FileNotFoundError``, ``internal_error`` when it cannot be read."""
    try:
        file = await aiofiles.open(path, "rb", buffering=0, opener=open_regular)
    except FileNotFoundError:
        raise
    except OSError as error:
        log.error("cannot open %s: %s", path.name, error)
        raise BoxError("internal_error", "This file cannot be read on the disk of the box.") from None
    try:
        stat = await asyncio.to_thread(os.fstat, file.fileno())
        version = f"{stat.st_mtime_ns:x}-{stat.st_size:x}"
        yield OpenFile(file, stat.st_size, formatdate(stat.st_mtime, usegmt=True), version)
    finally:
        await file.close()


async def respond(
    request: Request, file: OpenFile, *, etag: str, content_type: str, headers: dict[str, str]
) -> HTTPResponse | None:
    """Send the file or the requested range of it, or say that the client has it already.

    Errors: ``range_not_satisfiable``.
    """
    headers = {
        **INERT,
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": file.modified,
        **headers,
    }
    if is_not_modified(request, etag, file.modified):
        return HTTPResponse(status=304, headers=headers)
    span = _span(request, file, etag)
    start, length = (span.start, span.length) if span else (0, file.size)
    headers["Content-Length"] = str(length)
    if span:
        headers["Content-Range"] = f"bytes {span.start}-{span.end}/{file.size}"
    if request.method == "HEAD":
        # Not with respond(): Sanic ends such an answer twice, the second time with an exception.
        return HTTPResponse(status=200, headers=headers, content_type=content_type)
    flow = request.ctx.sent = Flow(request.app.ctx.traffic.sent)
    response = await request.respond(status=206 if span else 200, headers=headers, content_type=content_type)
    await send(stream_of(request), response, file.file.fileno(), start, length, flow)
    return None


def _span(request: Request, file: OpenFile, etag: str) -> Span | None:
    """Return the requested range; ``None`` for the whole file, also when ``If-Range`` does not match."""
    condition = request.headers.get("if-range")
    if request.method != "GET" or condition not in (None, etag, file.modified):
        return None
    return parse_range(request.headers.get("range", ""), file.size)
