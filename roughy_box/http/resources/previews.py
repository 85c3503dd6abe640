"""Posters and waveforms: small files at signed addresses that a browser may keep for a while."""

from __future__ import annotations

import asyncio
import hashlib

from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.domain.asset import State
from roughy_box.domain.errors import BoxError
from roughy_box.http.resources.files import INERT
from roughy_box.http.resources.signing import check_signature, signed
from roughy_box.http.server.call import Call
from roughy_box.http.transfer.ranges import is_known
from roughy_box.services.box import Box
from roughy_box.storage.derived import SUFFIXES, Kind
from roughy_box.storage.models import Asset

_CONTENT_TYPES: dict[Kind, str] = {"poster": "image/jpeg", "waveform": "application/json"}


def addresses(base: str, box: Box, asset: Asset) -> dict[str, str | None]:
    """``poster_url`` and ``waveform_url`` of an asset; null where there is none."""
    drawn: dict[Kind, int] = {"poster": asset.has_poster, "waveform": asset.has_waveform}
    # The same address for half of its time, so that a page that asks again finds it in its cache.
    step = max(1, int(box.config.downloads.url_ttl / 2))
    expires = (clock.now() // clock.SECOND // step + 2) * step
    return {
        f"{kind}_url": signed(box, base, f"/files/{kind}s/{asset.id}.{SUFFIXES[kind]}", expires)
        if drawn[kind] and asset.state == State.READY
        else None
        for kind in SUFFIXES
    }


async def poster(call: Call, name: str) -> HTTPResponse:
    """``GET`` and ``HEAD`` of a poster. Errors: ``forbidden``, ``not_found`` once the asset is gone."""
    return await _serve(call, name, "poster")


async def waveform(call: Call, name: str) -> HTTPResponse:
    """``GET`` and ``HEAD`` of a waveform. Errors: ``forbidden``, ``not_found`` once the asset is gone."""
    return await _serve(call, name, "waveform")


async def _serve(call: Call, name: str, kind: Kind) -> HTTPResponse:
    check_signature(call.box, call.request)
    asset = await Asset.get_or_none(id=name.partition(".")[0], state=State.READY)
    if asset is None:
        raise BoxError("not_found", "This asset was deleted.")
    try:
        content = await asyncio.to_thread(call.box.derived.read, asset.id, kind)
    except FileNotFoundError:
        await call.box.previewer.redraw(asset.id)
        raise BoxError("not_found", f"The {kind} was removed from the disk of the box. It is drawn anew.") from None
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**INERT, "ETag": etag, "Cache-Control": "private, max-age=3600"}
    if is_known(call.request.headers.get("if-none-match"), etag):
        return HTTPResponse(status=304, headers=headers)
    return HTTPResponse(content, headers=headers, content_type=_CONTENT_TYPES[kind])
