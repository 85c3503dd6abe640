"""Assets: create, read, list, delete."""

from __future__ import annotations

import asyncio
from functools import partial

from tortoise.expressions import Q

from roughy_box.base import clock
from roughy_box.domain.asset import State
from roughy_box.domain.errors import BoxError
from roughy_box.services import credits, projects, uploads
from roughy_box.services.box import Box
from roughy_box.storage.assets import insert_asset
from roughy_box.storage.database import statement
from roughy_box.storage.models import Asset

# Its bytes are useless. As one condition: exclude() would negate each of two separately.
_REJECTED = Q(state=State.FAILED, size_bytes=None)

BATCH = 500  # ids a query; SQLite accepts 999 at least


async def create(box: Box, account_id: str, project_id: str, size: int, language: str | None) -> Asset:
    """Create an asset of ``size`` bytes and open its upload.

    Errors: ``not_found`` for the project, ``insufficient_credits``, ``rate_limited`` for too many open uploads,
    ``insufficient_storage``; nothing is created then.
    """
    if box.draining:
        raise BoxError("unavailable", headers={"Retry-After": "5"})
    asset = _new_asset(box, account_id, project_id, size, language)
    while True:
        refusal = _too_many_open(box, account_id) or _no_space(box, size)
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
    asset = await Asset.get_or_none(id=asset_id, account_id=account_id)
    if asset is None:
        raise BoxError("not_found", "There is no such asset.")
    return asset


async def find_ready(asset_id: str) -> Asset | None:
    """Return a ready asset of any account, for a request with a signed URL; ``None`` if there is none."""
    return await Asset.get_or_none(id=asset_id, state=State.READY)


async def page(
    account_id: str, project_id: str | None, state: str | None, limit: int, offset: int
) -> tuple[list[Asset], int]:
    """Return one page of the account's assets, newest first, and the number of all."""
    wanted = {"account_id": account_id, "project_id": project_id, "state": state}
    query = Asset.filter(**{column: value for column, value in wanted.items() if value is not None})
    return await query.order_by("-seq").offset(offset).limit(limit), await query.count()


async def delete(box: Box, account_id: str, asset_id: str) -> None:
    """Delete an asset in any state: transfer and preparation stop, the row goes, then the bytes.

    Errors: ``not_found``.
    """
    asset = await get(account_id, asset_id)
    session = box.sessions.find(asset_id, account_id)
    if session:
        session.close(BoxError("gone", "The asset of this upload was deleted."))
        await session.idle()
    await box.delete(lambda: _delete_row(asset_id))
    if session:
        box.forget(session, "deleted")
    await box.purge(asset.project_id, asset_id)


async def reap_unpaid(box: Box) -> None:
    """Delete assets that were prepared but not paid for within the retention."""
    deadline = clock.now() - int(box.config.billing.pending_payment_retention * clock.SECOND)
    for asset in await Asset.filter(state=State.PENDING_PAYMENT, prepared_at__lte=deadline):
        if await box.delete(partial(_delete_unpaid, asset.id)):
            await box.purge(asset.project_id, asset.id)


async def reap_orphans(box: Box) -> None:
    """Delete files whose asset is gone or was rejected: a crash may come between a row and its bytes.

    Rows always come before their files, so a file without a row has no future.
    """
    stored = await asyncio.to_thread(lambda: [*box.blobs.stored(), *box.artifacts.stored()])
    for start in range(0, len(stored), BATCH):
        batch = stored[start : start + BATCH]
        kept = Asset.filter(id__in=[asset_id for asset_id, _ in batch]).exclude(_REJECTED)
        found = await kept.values_list("id", flat=True)
        known = {str(asset_id) for asset_id in found}
        for asset_id, path in batch:
            if asset_id not in known:
                await asyncio.to_thread(path.unlink, missing_ok=True)


def _new_asset(box: Box, account_id: str, project_id: str, size: int, language: str | None) -> Asset:
    now = clock.now()
    return Asset(
        account_id=account_id,
        project_id=project_id,
        declared_size=size,
        language=language,
        expires_at=now + int(box.config.uploads.initial_expiry * clock.SECOND),
        created_at=now,
    )


async def _open_upload(box: Box, asset: Asset) -> bool:
    # Registered before its row exists: places and disk space are promised only once, and a deletion
    # of the project meanwhile finds the upload.
    session = uploads.register(box, asset)
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


def _no_space(box: Box, size: int) -> BoxError | None:
    # On the event loop: a local volume returns its free space in microseconds.
    available = box.blobs.available()
    if size <= available - box.sessions.declared or size <= available - box.sessions.outstanding():
        return None
    return BoxError(
        "insufficient_storage",
        "The disk of the box does not have enough space for this file and the rest of other open uploads.",
    )


@statement
async def _delete_row(asset_id: str) -> None:
    await Asset.filter(id=asset_id).delete()


@statement
async def _delete_unpaid(asset_id: str) -> bool:
    return bool(await Asset.filter(id=asset_id, state=State.PENDING_PAYMENT).delete())
