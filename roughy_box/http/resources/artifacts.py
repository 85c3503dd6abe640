"""``/files/artifacts``: derived files (posters, waveforms) at signed URLs that a browser may cache."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import Field
from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.http.openapi.operation import Answer, Content, Operation, PathParameter
from roughy_box.http.resources import examples
from roughy_box.http.resources.signing import SignedQuery, check_signature, signed
from roughy_box.http.server.call import Call
from roughy_box.http.server.responses import Count, Schema
from roughy_box.http.transfer.file_response import HEADERS, opened, respond
from roughy_box.services import artifacts
from roughy_box.services.box import Box
from roughy_box.storage.artifacts import KINDS, PREVIEWS, kind_of
from roughy_box.storage.models import Asset

PATH = "/files/artifacts"


class Waveform(Schema):
    """The loudness of a sound over time."""

    duration_ms: Count
    peaks: list[Annotated[int, Field(ge=0, le=255)]] = Field(
        max_length=2000, description="The peak of each of as many equal parts of the duration."
    )


def addresses(base: str, box: Box, asset: Asset, ready: Collection[str]) -> dict[str, str | None]:
    """Return ``poster_url`` and ``waveform_url`` of an asset with those kinds of artifacts; else ``None``."""
    # The same URL for half of its lifetime, so that a page that reads the asset again finds the file in its cache.
    step = max(1, int(box.config.downloads.url_ttl / 2))
    expires = (clock.now() // clock.SECOND // step + 2) * step
    return {
        f"{kind.name}_url": signed(box, base, f"{PATH}/{asset.id}.{kind.suffix}", expires)
        if kind.name in ready
        else None
        for kind in PREVIEWS
    }


async def read(call: Call, name: str) -> HTTPResponse | None:
    """``GET`` and ``HEAD`` of an artifact.

    Errors: ``forbidden`` for an altered or expired URL; ``not_found`` once the asset was deleted, and while a file
    that was removed from the disk, truncated or replaced is made again.
    """
    check_signature(call.box, call.request)
    asset_id, kind = name.partition(".")[0], kind_of(name)
    if kind not in PREVIEWS:
        raise BoxError("not_found", "There is no such artifact.")
    await artifacts.check_served(call.box, asset_id, kind)
    headers = {"Cache-Control": "private, max-age=3600"}
    try:
        async with opened(call.box.artifacts.path(asset_id, kind)) as file:
            return await respond(call.request, file, etag=file.etag(), content_type=kind.content_type, headers=headers)
    except FileNotFoundError:
        raise BoxError("not_found", "This asset was deleted.") from None


_PICTURE = Content(media_types=(KINDS["poster"].content_type,))
_CONTENT = Content(Waveform, {"waveform": examples.WAVEFORM}, alternatives=(_PICTURE,))
_PART = Content(media_types=tuple(kind.content_type for kind in PREVIEWS))
READ = Operation(
    "read_artifact",
    "Files",
    "Read the poster or the waveform of an asset",
    {
        200: Answer("A picture, or the peaks of the sound as JSON.", _CONTENT, (*HEADERS, "Content-Length")),
        206: Answer("The requested range.", _PART, (*HEADERS, "Content-Length", "Content-Range")),
        304: Answer("Unchanged.", headers=HEADERS),
    },
    "`poster_url` and `waveform_url` of an asset are such URLs.",
    errors=("forbidden", "not_found", "range_not_satisfiable"),
    path={
        "name": PathParameter(
            "The asset's id and `.jpg` or `.json`.",
            f"{examples.ASSET_ID}.json",
            is_id=False,
            component="artifacts_name",
        )
    },
    query=SignedQuery,
    headers=("Range?", "If-Range?", "If-None-Match?", "If-Modified-Since?"),
)
