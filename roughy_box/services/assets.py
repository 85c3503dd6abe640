"""Assets: create, read, list, delete."""

from __future__ import annotations

import asyncio

from roughy_box.base import clock
from roughy_box.domain.asset import State
from roughy_box.domain.errors import BoxError
from roughy_box.services import credits, deadlines, projects, uploads
from roughy_box.services.box import Box
from roughy_box.storage.assets import (
    count_assets,
    delete_asset,
    delete_unpaid,
    find_by_name,
    insert_asset,
)
from roughy_box.storage.models import Asset, VisibleAsset

BATCH = 500  # rows a statement, so that no other writer waits for long

_NOT_READY = {
    State.PENDING_UPLOAD: ("asset_processing", "5"),
    State.PROCESSING: ("asset_processing", "1"),
    State.PENDING_PAYMENT: ("asset_payment_required", None),
    State.FAILED: ("asset_failed", None),
}


async def create(
    box: Box, account_id: str, project_id: str, size: int, language: str | None, name: str | None
) -> Asset:
    """Create an asset of ``size`` bytes and open its upload.

    Errors: ``not_found`` for the project, ``insufficient_credits``, ``rate_limited`` for too many open uploads,
    ``insufficient_storage``; nothing is created then.
    """
    if box.draining:
        raise BoxError("unavailable", headers={"Retry-After": "5"})
    asset = _new_asset(box, account_id, project_id, size, language, name)
    while True:
        available = await asyncio.to_thread(box.blobs.available)
        # From here to the registration of the upload nothing else runs, so that no space is promised twice.
        refusal = _too_many_open(box, account_id) or _no_space(box, size, available)
        if refusal is None and await _open_upload(box, asset):
            box.metrics.uploads_started.inc()
            return asset
        # Only after a refusal is it worth the time to find the reason.
        await projects.get(account_id, project_id)
        if await credits.balance(account_id) <= 0:
            raise BoxError("insufficient_credits")
        if refusal:
            raise refusal


async def get(account_id: str, asset_id: str) -> Asset:
    """Return an asset of the account. Errors: ``not_found``."""
    asset = await VisibleAsset.get_or_none(id=asset_id, account_id=account_id)
    if asset is None:
        raise BoxError("not_found", "There is no such asset.")
    return asset


async def get_ready(account_id: str, asset_id: str) -> Asset:
    """Return a ready asset of the account.

    Errors: ``not_found``; ``asset_processing``, ``asset_payment_required``, ``asset_failed``.
    """
    asset = await get(account_id, asset_id)
    if asset.state != State.READY:
        code, wait = _NOT_READY[State(asset.state)]
        raise BoxError(code, headers={"Retry-After": wait} if wait else {})
    return asset


async def find_ready(asset_id: str) -> Asset | None:
    """Return a ready asset of any account, for a request with a signed URL; ``None`` if there is none."""
    return await VisibleAsset.get_or_none(id=asset_id, state=State.READY)


async def page(
    account_id: str, project_id: str | None, state: str | None, part: str | None, limit: int, offset: int
) -> tuple[list[Asset], int]:
    """Return one page of the account's assets, newest first, and the number of all.

    ``part``: only assets with it in their names, whatever its case.
    """
    wanted = {"project_id": project_id, "state": state}
    filters = {column: value for column, value in wanted.items() if value is not None}
    if part is not None:
        found, total = await find_by_name(account_id, part, filters, limit, offset)
        return [*await VisibleAsset.filter(seq__in=found).order_by("-seq")], total
    query = VisibleAsset.filter(account_id=account_id, **filters)
    total = await count_assets(account_id, project_id, state)
    return [*await query.order_by("-seq").offset(offset).limit(limit)], total


async def delete(box: Box, account_id: str, asset_id: str) -> None:
    """Delete an asset in any state: the row goes, then transfer and preparation stop, then the bytes go.

    Nothing changes before the row is gone: a deletion that fails disturbs neither transfer nor preparation.
    Errors: ``not_found``.
    """
    await get(account_id, asset_id)
    deleted = await box.delete(lambda: delete_asset(asset_id))
    if session := box.sessions.find(asset_id, account_id):
        await uploads.end(box, session, "deleted", BoxError("gone", "The asset of this upload was deleted."))
    if deleted:
        await box.purge([deleted])


async def reap_unpaid(box: Box) -> None:
    """Delete assets that were prepared but not paid for within the retention."""
    await deadlines.follow_clock(box)
    retention = box.config.billing.pending_payment_retention
    if not deadlines.is_trusted(box, retention):
        return
    deadline = box.clock.now() - int(retention * clock.SECOND)
    while deleted := await box.delete(lambda: delete_unpaid(deadline, BATCH)):
        await box.purge(deleted)


def _new_asset(box: Box, account_id: str, project_id: str, size: int, language: str | None, name: str | None) -> Asset:
    now = clock.now()
    return Asset(
        account_id=account_id,
        project_id=project_id,
        declared_size=size,
        language=language,
        name=name,
        expires_at=now + int(box.config.uploads.initial_expiry * clock.SECOND),
        created_at=now,
    )


async def _open_upload(box: Box, asset: Asset) -> bool:
    # Registered before its row exists: places and disk space are promised only once, and a deletion
    # of the project meanwhile finds the upload.
    session = uploads.register(box, asset, expiry=box.config.uploads.initial_expiry)
    is_stored = False
    try:
        is_stored = await insert_asset(asset)
    finally:
        if not is_stored:
            box.sessions.remove(session)
    return is_stored


def _too_many_open(box: Box, account_id: str) -> BoxError | None:
    most = box.config.uploads.max_open
    if box.sessions.count(account_id) < most:
        return None
    return BoxError(
        "rate_limited",
        f"This account has {most} unfinished uploads, which is the most it may have. Finish or cancel some.",
        headers={"Retry-After": "60"},
    )


def _no_space(box: Box, size: int, available: int) -> BoxError | None:
    available -= box.render_space.outstanding
    if size <= available - box.sessions.declared or size <= available - box.sessions.outstanding():
        return None
    return BoxError(
        "insufficient_storage",
        "The disk of the box does not have enough space for this file, the rest of other open uploads, and renders.",
    )
