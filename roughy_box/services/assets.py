"""Assets: announced, read, listed, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import chain, islice
from pathlib import Path

from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.services import credits, deadlines, projects, uploads
from roughy_box.services.box import Box
from roughy_box.storage.assets import count_assets, delete_asset, delete_unpaid, insert_asset, with_files
from roughy_box.storage.models import Asset, VisibleAsset

BATCH = 500  # rows a statement, so that no other writer waits for long


async def create(box: Box, account_id: str, project_id: str, size: int, language: str | None) -> Asset:
    """Announce an asset of ``size`` bytes and open its upload.

    Errors: ``not_found`` for the project, ``insufficient_credits``, ``rate_limited`` for too many open uploads,
    ``insufficient_storage``; nothing is created then.
    """
    if box.draining:
        raise BoxError("unavailable", headers={"Retry-After": "5"})
    asset = _announcement(box, account_id, project_id, size, language)
    while True:
        refusal = _no_place(box, account_id) or _no_room(box, size)
        if refusal is None and await _announce(box, asset):
            box.metrics.uploads_started += 1
            return asset
        # Now that it was not, we may take the time to tell why.
        await projects.get(account_id, project_id)
        if await credits.balance(account_id) <= 0:
            raise BoxError("insufficient_credits")
        if refusal:
            raise refusal


async def get(account_id: str, asset_id: str) -> Asset:
    """One asset of the account. Errors: ``not_found``."""
    asset = await VisibleAsset.get_or_none(id=asset_id, account_id=account_id)
    if asset is None:
        raise BoxError("not_found", "There is no such asset.")
    return asset


async def page(
    account_id: str, project_id: str | None, state: str | None, limit: int, offset: int
) -> tuple[list[Asset], int]:
    """One page of the account's assets, newest first, and how many there are."""
    wanted = {"account_id": account_id, "project_id": project_id, "state": state}
    query = VisibleAsset.filter(**{column: value for column, value in wanted.items() if value is not None})
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


async def reap_orphans(box: Box) -> None:
    """Delete files whose asset is gone or was rejected: a crash may come between a row and its bytes.

    Rows always come before their files, so a file without a row has no future.
    """
    files = chain(box.blobs.stored(), box.artifacts.stored())
    while batch := await asyncio.to_thread(lambda: [*islice(files, BATCH)]):
        kept = await with_files({asset_id for asset_id, _ in batch})
        orphans = [path for asset_id, path in batch if asset_id not in kept]
        if orphans:
            await asyncio.to_thread(_unlink, orphans)
        if box.draining:
            return


def _announcement(box: Box, account_id: str, project_id: str, size: int, language: str | None) -> Asset:
    now = clock.now()
    return Asset(
        account_id=account_id,
        project_id=project_id,
        declared_size=size,
        language=language,
        expires_at=now + int(box.config.uploads.initial_expiry * clock.SECOND),
        created_at=now,
    )


async def _announce(box: Box, asset: Asset) -> bool:
    # Registered before its row is there: places and disk space are promised only once, and whoever
    # deletes the project meanwhile finds the upload.
    session = uploads.register(box, asset, expiry=box.config.uploads.initial_expiry)
    made = False
    try:
        made = await insert_asset(asset)
    finally:
        if not made:
            box.sessions.remove(session)
    return made


def _no_place(box: Box, account_id: str) -> BoxError | None:
    most = box.config.uploads.max_open
    if box.sessions.count(account_id) < most:
        return None
    return BoxError(
        "rate_limited",
        f"This account has {most} unfinished uploads, which is the most it may have. Finish or cancel some.",
        headers={"Retry-After": "60"},
    )


def _no_room(box: Box, size: int) -> BoxError | None:
    # On the event loop: a volume of this machine tells its free space in microseconds.
    available = box.blobs.available()
    if size <= available - box.sessions.announced or size <= available - box.sessions.outstanding():
        return None
    return BoxError(
        "insufficient_storage",
        "The disk of the box has no room for this file beside what other open uploads still have to bring.",
    )


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
