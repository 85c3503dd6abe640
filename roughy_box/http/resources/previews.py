"""Posters and waveforms: small files at signed addresses that a browser may keep for a while."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection

from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.http.resources.files import INERT
from roughy_box.http.resources.signing import check_signature, signed
from roughy_box.http.server.call import Call
from roughy_box.http.transfer.ranges import is_known
from roughy_box.services import artifacts
from roughy_box.services.box import Box
from roughy_box.storage.artifacts import KINDS, POSTER, WAVEFORM, ArtifactKind
from roughy_box.storage.models import Asset


def addresses(base: str, box: Box, asset: Asset, ready: Collection[str]) -> dict[str, str | None]:
    """``poster_url`` and ``waveform_url`` of an asset with those kinds of artifacts; null where there is none."""
    # The same address for half of its time, so that a page that asks again finds it in its cache.
    step = max(1, int(box.config.downloads.url_ttl / 2))
    expires = (clock.now() // clock.SECOND // step + 2) * step
    return {
        f"{kind.name}_url": signed(box, base, f"/files/{kind.name}s/{asset.id}.{kind.suffix}", expires)
        if kind.name in ready
        else None
        for kind in KINDS.values()
    }


async def poster(call: Call, name: str) -> HTTPResponse:
    """``GET`` and ``HEAD`` of a poster. Errors: ``forbidden``, ``not_found`` once the asset is gone."""
    return await _serve(call, name, POSTER)


async def waveform(call: Call, name: str) -> HTTPResponse:
    """``GET`` and ``HEAD`` of a waveform. Errors: ``forbidden``, ``not_found`` once the asset is gone."""
    return await _serve(call, name, WAVEFORM)


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
            "not_found", f"The {kind.name} was removed from the disk of the box. It is drawn again."
        ) from None
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**INERT, "ETag": etag, "Cache-Control": "private, max-age=3600"}
    if is_known(call.request.headers.get("if-none-match"), etag):
        return HTTPResponse(status=304, headers=headers)
    return HTTPResponse(content, headers=headers, content_type=kind.content_type)
