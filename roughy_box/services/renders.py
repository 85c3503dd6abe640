"""Renders: create, read, list, delete."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import asdict, dataclass

from roughy_box.base import clock
from roughy_box.config.values import format_size
from roughy_box.domain.cut_states import CutState
from roughy_box.domain.errors import BoxError, invalid
from roughy_box.domain.render import MOST_OPEN, BadOutput, RenderFailure, RenderState, check_output, check_sound
from roughy_box.media.children import ChildError
from roughy_box.media.description import Description
from roughy_box.media.render_output import RenderOutput, picture_size, sound_rate, video_rate
from roughy_box.services import assets, cut_plans, cuts, media_failures
from roughy_box.services.box import Box
from roughy_box.storage import renders, work
from roughy_box.storage.database import statement, transaction
from roughy_box.storage.models import Asset, Cut, Render, VisibleAsset, VisibleCut, VisibleRender
from roughy_box.storage.pages import page_of

_MARGIN = 1.1  # an encoder overshoots, and a container has an index

Segments = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """What is asked for: a file of a cut, or of the whole asset."""

    asset_id: str
    cut_id: str | None
    output: RenderOutput

    @property
    def key(self) -> str:
        """Return the SHA-256 of the request. It has the id of the cut, which may be deleted later."""
        content = {"cut_id": self.cut_id, "output": asdict(self.output)}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Plan:
    """The kept spans, in frames of the source's grid."""

    segments: Segments
    source: Description

    @property
    def seconds(self) -> float:
        return float(sum(end - start for start, end in self.segments) / self.source.rate)


async def start(box: Box) -> None:
    """Delete what a killed process was writing, and add up what the renders that wait may take."""
    await asyncio.to_thread(box.renders.remove_unfinished)
    await box.count_render_space()


async def create(box: Box, account_id: str, request: RenderRequest) -> tuple[Render, bool]:
    """Return the render of a request, and True if it is new; a failed one waits again, and one whose file is lost.

    A source that cannot be read makes a failed render. Errors: ``not_found`` for the asset or the cut;
    ``asset_processing``, ``asset_payment_required``, ``asset_failed``; ``modifier_not_ready``; ``validation_error``
    that names the member of the output; ``rate_limited`` for too many open renders; ``insufficient_storage``.
    """
    asset = await assets.get_ready(account_id, request.asset_id)
    cut = await _completed_cut(account_id, request)
    _check(request, asset)
    known = await Render.get_or_none(asset_id=asset.id, request=request.key)
    if known and known.state == RenderState.COMPLETED and await _is_lost(box, known):
        await make_again(box, known.id)
        await known.refresh_from_db()
    if known and known.state != RenderState.FAILED:
        return known, False
    row = _new_row(asset, request)
    try:
        plan = await _plan(box, asset, cut)
    except RenderFailure as failure:
        stored = await _store_failure(row, failure)
        box.jobs.wake("delivery")
        return stored
    except ChildError:
        raise BoxError("unavailable", headers={"Retry-After": "5"}) from None
    _check_sound(request.output, plan.source)
    row.estimate = estimate(request.output, plan.source, plan.seconds, asset)
    available = await asyncio.to_thread(box.blobs.available)
    try:
        return await _store(box, row, plan, available)
    finally:
        await box.count_render_space()
        box.jobs.wake("render")


async def get(account_id: str, render_id: str) -> Render:
    """Return a render of the account. Errors: ``not_found``."""
    render = await VisibleRender.get_or_none(id=render_id, account_id=account_id)
    if render is None:
        raise BoxError("not_found", "There is no such render.")
    return render


async def find_completed(render_id: str) -> tuple[Render, Asset] | None:
    """Return a completed render of any account and its asset, for a request with a signed URL."""
    render = await VisibleRender.get_or_none(id=render_id, state=RenderState.COMPLETED)
    asset = render and await VisibleAsset.get_or_none(id=render.asset_id)
    return (render, asset) if render and asset else None


async def page(
    account_id: str,
    asset_id: str | None,
    project_id: str | None,
    cut_id: str | None,
    state: str | None,
    limit: int,
    offset: int,
) -> tuple[list[Render], int]:
    """Return one page of the account's renders, newest first, and the number of all."""
    wanted = {"asset_id": asset_id, "cut_id": cut_id, "state": state}
    return await page_of(VisibleRender, account_id, wanted, project_id, limit, offset)


async def delete(box: Box, account_id: str, render_id: str) -> None:
    """Delete a render in any state: the row goes, then its job stops, then its file goes. Errors: ``not_found``."""
    render = await get(account_id, render_id)
    await box.delete(lambda: _delete_row(render_id))
    box.jobs.wake("delivery")
    await box.jobs.cancel(render_id)
    box.jobs.wake("delivery")
    await asyncio.to_thread(box.renders.remove, render.asset_id, render.id, render.format)
    await box.count_render_space()


async def make_again(box: Box, render_id: str) -> None:
    """Have a completed render made again whose file is lost."""
    await renders.set_lost(render_id)
    await box.count_render_space()
    box.jobs.wake("render")


def estimate(output: RenderOutput, source: Description, seconds: float, asset: Asset) -> int:
    """Return the bytes that a render may take."""
    bits = sound_rate(output) if source.tracks else 0
    if output.has_picture and source.picture:
        shorter_edge = min(picture_size(source.picture, output.resolution))
        bits += video_rate(output, shorter_edge, _bit_rate(asset))
    return round(bits * seconds / 8 * _MARGIN)


def _bit_rate(asset: Asset) -> int | None:
    """Return the bits a second of an asset, which its pictures take at most."""
    if not asset.size_bytes or not asset.duration_ms:
        return None
    return int(asset.size_bytes * 8 * 1000 // asset.duration_ms)


async def _completed_cut(account_id: str, request: RenderRequest) -> Cut | None:
    if request.cut_id is None:
        return None
    cut = await cuts.get(account_id, request.cut_id)
    if cut.asset_id != request.asset_id:
        raise BoxError("not_found", "This asset has no such cut.")
    if cut.state == CutState.FAILED:
        raise BoxError("modifier_not_ready", "This cut has failed. Post it again, and render it once it is completed.")
    if cut.state != CutState.COMPLETED:
        raise BoxError("modifier_not_ready", headers={"Retry-After": "5"})
    return cut


def _check(request: RenderRequest, asset: Asset) -> None:
    given = [name for name, value in asdict(request.output).items() if value is not None]
    try:
        check_output(request.output.format, given, "video" if asset.type == "video" else "audio")
    except BadOutput as error:
        raise _invalid(error) from None


def _check_sound(output: RenderOutput, source: Description) -> None:
    try:
        check_sound(output.format, bool(source.tracks))
    except BadOutput as error:
        raise _invalid(error) from None


def _invalid(error: BadOutput) -> BoxError:
    return invalid(f"body.output.{error.member}", str(error))


async def _is_lost(box: Box, render: Render) -> bool:
    size = await asyncio.to_thread(box.renders.size, render.asset_id, render.id, render.format)
    return bool(size != render.size_bytes)


async def _plan(box: Box, asset: Asset, cut: Cut | None) -> _Plan:
    """Return the plan of a cut, else of the whole asset. Errors: those of :func:`media_failures.describe`."""
    stored = await cut_plans.load(cut.id) if cut else None
    if stored:
        plan, source = stored
        return _Plan([(segment.start, segment.end) for segment in plan.segments], source)
    source = await media_failures.describe(box, asset, RenderFailure)
    return _Plan([(0, source.length)], source)


def _new_row(asset: Asset, request: RenderRequest) -> Render:
    return Render(
        account_id=asset.account_id,
        asset_id=asset.id,
        cut_id=request.cut_id,
        request=request.key,
        output=json.dumps(asdict(request.output)),
        format=request.output.format,
        estimate=0,
        created_at=clock.now(),
    )


@transaction
async def _store(box: Box, row: Render, plan: _Plan, available: int) -> tuple[Render, bool]:
    known = await Render.get_or_none(asset_id=row.asset_id, request=row.request)
    if known and known.state != RenderState.FAILED:
        return known, False
    # In the transaction, so that neither a place nor space is promised twice.
    await _check_room(box, row, available)
    render = known or await _inserted(row)
    await renders.add_plan(render.id, json.dumps(plan.segments), plan.source.to_json())
    if known:
        await work.retry("render", known.id, estimate=row.estimate)
        await known.refresh_from_db()
    return render, known is None


@transaction
async def _store_failure(row: Render, failure: RenderFailure) -> tuple[Render, bool]:
    known = await Render.get_or_none(asset_id=row.asset_id, request=row.request)
    if known and known.state != RenderState.FAILED:
        return known, False
    render = known or await _inserted(row)
    await work.retry("render", render.id)
    await work.start("render", render.id, clock.now())
    await work.fail("render", render.id, failure.code, failure.message)
    await render.refresh_from_db()
    return render, known is None


async def _check_room(box: Box, row: Render, available: int) -> None:
    if await renders.count_open(row.account_id) >= MOST_OPEN:
        raise BoxError(
            "rate_limited",
            f"This account has {MOST_OPEN} renders that wait or run, which is the most it may have. "
            "Wait until some are completed, or delete some.",
            headers={"Retry-After": "60"},
        )
    promised = await renders.estimated() - box.render_space.written + box.sessions.outstanding()
    if row.estimate > available - promised:
        raise BoxError(
            "insufficient_storage",
            f"The disk of the box does not have enough space for this render, about {format_size(row.estimate)}, "
            "with what other renders and open uploads still have to bring.",
        )


async def _inserted(row: Render) -> Render:
    if not await VisibleAsset.exists(id=row.asset_id):
        raise BoxError("not_found", "There is no such asset.")
    if row.cut_id and not await VisibleCut.exists(id=row.cut_id):
        raise BoxError("not_found", "There is no such cut.")
    await row.save()
    return row


@statement
async def _delete_row(render_id: str) -> None:
    await Render.filter(id=render_id).delete()
