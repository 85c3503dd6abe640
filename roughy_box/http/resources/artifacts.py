"""``/files/artifacts``: derived files (posters, waveforms, peaks, proxies) at signed URLs that a browser may cache."""

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
from roughy_box.storage.artifacts import KINDS, PEAKS, PREVIEWS, PROXY, SERVED, ArtifactKind, kind_of
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
    return {f"{kind.name}_url": address(base, box, asset, kind) if kind.name in ready else None for kind in PREVIEWS}


def address(base: str, box: Box, asset: Asset, kind: ArtifactKind) -> str:
    """Return the signed URL of an artifact."""
    # The same URL for half of its lifetime, so that a page that reads the asset again finds the file in its cache.
    step = max(1, int(box.config.downloads.url_ttl / 2))
    expires = (clock.now() // clock.SECOND // step + 2) * step
    return signed(box, base, f"{PATH}/{asset.id}.{kind.suffix}", expires)


async def read(call: Call, name: str) -> HTTPResponse | None:
    """``GET`` and ``HEAD`` of an artifact.

    Errors: ``forbidden`` for an altered or expired URL; ``not_found`` once the asset was deleted, and while a file
    that was removed from the disk, truncated or replaced is made again; ``unavailable`` while peaks or a
    proxy are made.
    """
    check_signature(call.box, call.request)
    asset_id, kind = name.partition(".")[0], kind_of(name)
    if kind not in SERVED:
        raise BoxError("not_found", "There is no such artifact.")
    await artifacts.check_served(call.box, asset_id, kind)
    headers = {"Cache-Control": "private, max-age=3600"}
    try:
        async with opened(call.box.artifacts.path(asset_id, kind)) as file:
            return await respond(call.request, file, etag=file.etag(), content_type=kind.content_type, headers=headers)
    except FileNotFoundError:
        raise BoxError("not_found", "This asset was deleted.") from None


_PICTURE = Content(media_types=(KINDS["poster"].content_type,))
_PEAKS = Content(media_types=(PEAKS.content_type,))
_PROXY = Content(media_types=(PROXY.content_type,))
_CONTENT = Content(Waveform, {"waveform": examples.WAVEFORM}, alternatives=(_PICTURE, _PEAKS, _PROXY))
_PART = Content(media_types=tuple(kind.content_type for kind in SERVED))
READ = Operation(
    "read_artifact",
    "Files",
    "Read the poster, the waveform, the peaks or the proxy of an asset",
    {
        200: Answer(
            "A picture, the peaks of the sound (few as JSON, 100 a second as bytes), or a video.",
            _CONTENT,
            (*HEADERS, "Content-Length"),
        ),
        206: Answer("The requested range.", _PART, (*HEADERS, "Content-Length", "Content-Range")),
        304: Answer("Unchanged.", headers=HEADERS),
    },
    "`poster_url`, `waveform_url`, `peaks_url` and `proxy_url` of an asset are such URLs. Peaks and proxy are made "
    "when they are first read: 503 with `Retry-After` until then. The peaks are two signed bytes for each hundredth of "
    "a second, the lowest and the highest level of the sound in it, so a range of bytes is a range of time. The proxy "
    "is a small MP4 (H.264 and AAC; AAC alone of a sound) that every browser plays; it begins with the first frame of "
    "a plan.",
    errors=("forbidden", "not_found", "range_not_satisfiable"),
    path={
        "name": PathParameter(
            "The asset's id and `.jpg`, `.json`, `.peaks` or `.proxy.mp4`.",
            f"{examples.ASSET_ID}.json",
            is_id=False,
            component="artifacts_name",
        )
    },
    query=SignedQuery,
    headers=("Range?", "If-Range?", "If-None-Match?", "If-Modified-Since?"),
)
