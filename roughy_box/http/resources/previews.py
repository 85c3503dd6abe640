"""``/files/posters`` and ``/files/waveforms``: small files at signed URLs that a browser may cache."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from typing import Annotated

from pydantic import Field
from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.http.openapi.operation import Answer, Content, Operation, PathParameter, json_answer
from roughy_box.http.resources import examples
from roughy_box.http.resources.files import INERT, INERT_HEADERS, NAME
from roughy_box.http.resources.signing import SignedQuery, check_signature, signed
from roughy_box.http.server.call import Call
from roughy_box.http.server.responses import Count, Schema
from roughy_box.http.transfer.ranges import is_known
from roughy_box.services import artifacts
from roughy_box.services.box import Box
from roughy_box.storage.artifacts import KINDS, ArtifactKind
from roughy_box.storage.models import Asset

_UNCHANGED = Answer("Unchanged: the `ETag` is among those of `If-None-Match`.", headers=INERT_HEADERS)


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
        f"{kind.name}_url": signed(box, base, f"/files/{kind.name}s/{asset.id}.{kind.suffix}", expires)
        if kind.name in ready
        else None
        for kind in KINDS.values()
    }


async def poster(call: Call, name: str) -> HTTPResponse:
    """``GET`` and ``HEAD`` of a poster. Errors: ``forbidden``, ``not_found`` once the asset was deleted."""
    return await _serve(call, name, KINDS["poster"])


POSTER = Operation(
    "read_poster",
    "Files",
    "Read the poster of a video",
    {200: Answer("The picture.", Content(media_types=("image/jpeg",)), INERT_HEADERS), 304: _UNCHANGED},
    "`poster_url` of an asset is such a URL.",
    errors=("forbidden", "not_found"),
    path={"name": PathParameter(NAME, f"{examples.ASSET_ID}.jpg", is_id=False, component="posters_name")},
    query=SignedQuery,
    headers=("If-None-Match?",),
)


async def waveform(call: Call, name: str) -> HTTPResponse:
    """``GET`` and ``HEAD`` of a waveform. Errors: ``forbidden``, ``not_found`` once the asset was deleted."""
    return await _serve(call, name, KINDS["waveform"])


WAVEFORM = Operation(
    "read_waveform",
    "Files",
    "Read the waveform of a sound",
    {200: json_answer("The peaks.", Waveform, headers=INERT_HEADERS, waveform=examples.WAVEFORM), 304: _UNCHANGED},
    "`waveform_url` of an asset is such a URL.",
    errors=("forbidden", "not_found"),
    path={"name": PathParameter(NAME, f"{examples.ASSET_ID}.json", is_id=False, component="waveforms_name")},
    query=SignedQuery,
    headers=("If-None-Match?",),
)


async def _serve(call: Call, name: str, kind: ArtifactKind) -> HTTPResponse:
    check_signature(call.box, call.request)
    asset_id = name.partition(".")[0]
    if not await artifacts.is_served(asset_id):
        raise BoxError("not_found", "This asset was deleted.")
    try:
        content = await asyncio.to_thread(call.box.artifacts.path(asset_id, kind).read_bytes)
    except FileNotFoundError:
        await artifacts.make_again(call.box, asset_id, kind)
        raise BoxError(
            "not_found", f"The {kind.name} is missing on the disk of the box. It is being made again."
        ) from None
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**INERT, "ETag": etag, "Cache-Control": "private, max-age=3600"}
    if is_known(call.request, etag):
        return HTTPResponse(status=304, headers=headers)
    return HTTPResponse(content, headers=headers, content_type=kind.content_type)
