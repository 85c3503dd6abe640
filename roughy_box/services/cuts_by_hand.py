"""Cuts by hand: the segments that an editor chose, completed at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from roughy_box.base import clock
from roughy_box.cutting.by_hand import BadSegment, plan_by_hand
from roughy_box.cutting.grid import Grid
from roughy_box.domain.cut import Plan
from roughy_box.domain.cut_states import CutFailure, CutState
from roughy_box.domain.errors import BoxError, invalid
from roughy_box.media.children import ChildError
from roughy_box.media.description import Description
from roughy_box.services import assets, cut_plans, media_failures
from roughy_box.services.box import Box
from roughy_box.services.cuts import CutRequest, get, new_row
from roughy_box.storage import cuts, work
from roughy_box.storage.database import transaction
from roughy_box.storage.models import Asset, Cut, VisibleAsset

_NO_ENGINE = "none"


async def create(box: Box, account_id: str, request: CutRequest) -> tuple[Cut, bool]:
    """Return the completed cut of a request with segments, and True if it is new.

    It has the words, reasons and script of ``based_on``, else of the newest automatic cut of the asset. A source that
    cannot be read makes a failed cut. Errors: those of :func:`roughy_box.services.cuts.create`; ``not_found`` and
    ``conflict`` for the cut it is based on; ``validation_error`` that names the segment.
    """
    asset = await assets.get_ready(account_id, request.asset_id)
    base = await _base(account_id, request)
    # The same segments on another base are another cut; the script of the base is not a part of the request.
    request = replace(request, based_on=base.id if base else None)
    row = new_row(account_id, request, by_hand=True, inherited=base.script if base else None)
    try:
        source = await media_failures.describe(box, asset, CutFailure)
        document, summary = await asyncio.to_thread(_planned, request, asset, source, await _plan_of(base))
        engine = base.engine if base and base.engine else _NO_ENGINE
        stored = await _store(row, engine, document, source.to_json(), summary)
    except CutFailure as failure:
        stored = await _store_failure(row, failure)
    except ChildError:
        raise BoxError("unavailable", headers={"Retry-After": "5"}) from None
    box.jobs.wake("delivery")
    return stored


async def _base(account_id: str, request: CutRequest) -> Cut | None:
    if request.based_on is None:
        automatic = Cut.filter(asset_id=request.asset_id, by_hand=0, state=CutState.COMPLETED)
        return await automatic.order_by("-seq").first()
    base = await get(account_id, request.based_on)
    if base.asset_id != request.asset_id:
        raise BoxError("not_found", "This asset has no such cut to base another one on.")
    if base.state != CutState.COMPLETED:
        raise BoxError("conflict", "The cut in 'based_on' is not completed.")
    return base


async def _plan_of(base: Cut | None) -> Plan | None:
    stored = await cut_plans.load(base.id) if base else None
    return stored[0] if stored else None


def _planned(request: CutRequest, asset: Asset, source: Description, base: Plan | None) -> tuple[bytes, str]:
    assert request.segments is not None
    assert asset.duration_ms is not None
    grid = Grid(source.rate, source.length)
    try:
        plan = plan_by_hand(request.segments, grid, asset.duration_ms / 1000, base)
    except BadSegment as error:
        raise invalid(f"body.segments.{error.index}.{error.member}", str(error)) from None
    except ValueError as error:
        raise invalid("body.segments", str(error)) from None
    return cut_plans.finished(plan, source)


@transaction
async def _store(row: Cut, engine: str, document: bytes, source: str, summary: str) -> tuple[Cut, bool]:
    cut, is_new = await _find_or_insert(row)
    if cut.state == CutState.PENDING:
        now = clock.now()
        await work.start("cut", cut.id, now)
        await cuts.add_plan(cut.id, document, source)
        await work.complete("cut", cut.id, now, engine=engine, summary=summary)
        await cut.refresh_from_db()
    return cut, is_new


@transaction
async def _store_failure(row: Cut, failure: CutFailure) -> tuple[Cut, bool]:
    cut, is_new = await _find_or_insert(row)
    if cut.state == CutState.PENDING:
        await work.start("cut", cut.id, clock.now())
        await work.fail("cut", cut.id, failure.code, failure.message)
        await cut.refresh_from_db()
    return cut, is_new


async def _find_or_insert(row: Cut) -> tuple[Cut, bool]:
    """Return the cut of the same request, a failed one in ``pending`` again, else the new row, stored."""
    known = await Cut.filter(asset_id=row.asset_id, request=row.request).order_by("-seq").first()
    if known:
        if await work.retry("cut", known.id):
            await known.refresh_from_db()
        return known, False
    if not await VisibleAsset.exists(id=row.asset_id):
        raise BoxError("not_found", "There is no such asset.")
    await row.save()
    return row, True
