"""``/files/renders``: the files of completed renders, at signed, short-lived URLs, named after project and asset."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.base.files import size_of_regular
from roughy_box.domain.errors import BoxError
from roughy_box.exports.names import file_name
from roughy_box.http.openapi.operation import Operation, PathParameter
from roughy_box.http.resources import examples
from roughy_box.http.resources.files import ANSWERS, REQUEST_HEADERS, FileQuery, headers_of
from roughy_box.http.resources.signing import check_signature, signed
from roughy_box.http.server.call import Call
from roughy_box.http.transfer.file_response import opened, respond
from roughy_box.services import renders
from roughy_box.services.box import Box
from roughy_box.services.titles import title_of
from roughy_box.storage.models import Render
from roughy_box.storage.renders import CONTENT_TYPES

PATH = "/files/renders"


def signed_url(base: str, box: Box, render: Render) -> str:
    """Return an absolute URL of the file of a completed render, valid for ``downloads.url_ttl``."""
    expires = int(clock.now() // clock.SECOND + box.config.downloads.url_ttl)
    return signed(box, base, f"{PATH}/{render.id}.{render.format}", expires)


async def download(call: Call, name: str) -> HTTPResponse | None:
    """``GET`` and ``HEAD`` of the file of a render.

    Errors: ``forbidden`` for an altered or expired URL; ``not_found`` once the render was deleted, and while a file
    that was removed or changed on the disk is made again.
    """
    check_signature(call.box, call.request)
    found = await renders.find_completed(name.partition(".")[0])
    if found is None or name != f"{found[0].id}.{found[0].format}":
        raise BoxError("not_found", "This file was deleted.")
    render, asset = found
    headers = headers_of(call.request, file_name(await title_of(asset), render.format), render.id)
    path = call.box.renders.path(render.asset_id, render.id, render.format)
    if await asyncio.to_thread(size_of_regular, path) == render.size_bytes:
        with suppress(FileNotFoundError):
            async with opened(path) as file:
                etag, content_type = file.etag(), CONTENT_TYPES[render.format]
                return await respond(call.request, file, etag=etag, content_type=content_type, headers=headers)
    await renders.make_again(call.box, render.id)
    raise BoxError("not_found", "This file is missing or damaged on the disk of the box. It is being made again.")


DOWNLOAD = Operation(
    "download_render",
    "Files",
    "Download a completed render",
    ANSWERS,
    "`download_url` of a render is such a URL, complete with its signature. It works without a key for "
    "`downloads.url_ttl` (15 minutes), as long as the render exists.",
    errors=("forbidden", "not_found", "range_not_satisfiable"),
    path={
        "name": PathParameter(
            "The render's id and format.", f"{examples.RENDER_ID}.mp4", is_id=False, component="renders_name"
        )
    },
    query=FileQuery,
    headers=REQUEST_HEADERS,
)
