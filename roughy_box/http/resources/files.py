"""``/files/projects``: the bytes of ready assets, at signed, short-lived URLs that end with their asset.

The path on disk is made from the row, never from the URL.
"""

from __future__ import annotations

import logging

from pydantic import Field
from sanic import HTTPResponse, Request

from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.exports.names import disposition
from roughy_box.http.openapi.operation import Answer, Content, Operation, PathParameter
from roughy_box.http.resources import examples, projects
from roughy_box.http.resources.signing import SignedQuery, check_signature, signed
from roughy_box.http.server.call import Call
from roughy_box.http.transfer.file_response import HEADERS, opened, respond
from roughy_box.media.formats import EXTENSIONS
from roughy_box.services import assets
from roughy_box.services.box import Box
from roughy_box.storage.models import Asset

log = logging.getLogger(__name__)


_LONGEST_STEM = 765  # bytes of UTF-8: 255 CJK characters; percent-encoded, they fit the heads that proxies accept


class FileQuery(SignedQuery):
    """The query of a signed file URL."""

    download: str | None = Field(None, description="`1` has browsers save the file instead of playing it.")


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
    headers = headers_of(request, _file_name(asset), asset.id)
    try:
        async with opened(path) as file:
            _check_size(asset, file.size)
            # The bytes of an asset never change, so its id is a strong tag.
            etag, content_type = file.etag(asset.id), asset.content_type or "application/octet-stream"
            return await respond(request, file, etag=etag, content_type=content_type, headers=headers)
    except FileNotFoundError:
        raise BoxError("not_found", "This file is missing on the disk of the box.") from None


def headers_of(request: Request, name: str, fallback: str) -> dict[str, str]:
    """Return the headers of a file that is called ``name``; with ``?download=1`` it is an attachment."""
    is_saved = request.args.get("download") == "1"
    return {
        "Cache-Control": "private, max-age=0, must-revalidate",
        "Content-Disposition": disposition("attachment" if is_saved else "inline", name, fallback),
    }


_HEADERS = (*HEADERS, "Content-Disposition")
_BYTES = Content(media_types=("audio/*", "video/*"))
ANSWERS = {
    200: Answer("The file.", _BYTES, (*_HEADERS, "Content-Length")),
    206: Answer("The requested range.", _BYTES, (*_HEADERS, "Content-Length", "Content-Range")),
    304: Answer("Unchanged.", headers=_HEADERS),
}
REQUEST_HEADERS = ("Range?", "If-Range?", "If-None-Match?", "If-Modified-Since?")
DOWNLOAD = Operation(
    "download_file",
    "Files",
    "Download a ready asset",
    ANSWERS,
    "`download_url` of an asset is such a URL, complete with its signature. It works without a key for "
    "`downloads.url_ttl` (15 minutes), as long as the asset exists.",
    errors=("forbidden", "not_found", "range_not_satisfiable"),
    path=projects.PATH
    | {"name": PathParameter("The asset's id and extension.", f"{examples.ASSET_ID}.mp4", is_id=False)},
    query=FileQuery,
    headers=REQUEST_HEADERS,
)


def _file_name(asset: Asset) -> str:
    """Return the name of the asset, always with the extension of a media format: systems open files by it."""
    if asset.name is None:
        return f"{asset.id}.{asset.extension}"
    stem, _, suffix = asset.name.rpartition(".")
    stem = stem if suffix.lower() in EXTENSIONS else asset.name
    suffix = suffix if suffix.lower() in EXTENSIONS else str(asset.extension)
    return f"{stem.encode()[:_LONGEST_STEM].decode(errors='ignore')}.{suffix}"


def _check_size(asset: Asset, size: int) -> None:
    """Refuse a file that was truncated, or written to by another program: it is not what was uploaded."""
    if size != asset.size_bytes:
        log.error("the file of asset %s has %d bytes instead of %d", asset.id, size, asset.size_bytes)
        raise BoxError("internal_error", "This file is damaged on the disk of the box. Restore it from a backup.")
