"""Preparation: a complete upload is probed in a child, moved among the media, and charged.

The work to do stands in the table (state ``processing``), never in memory: a restart begins
again with what it finds there, and the ledger takes one charge an asset.
"""

from __future__ import annotations

import asyncio
import logging
import time

from roughy_box.base import clock
from roughy_box.base.tasks import wait_uncancelled
from roughy_box.domain.asset import Event, Failure, Preparation, State, move
from roughy_box.domain.ledger import price
from roughy_box.jobs.kind import Job, JobProgress, Kind
from roughy_box.media.prober import probe_file
from roughy_box.services import credits
from roughy_box.services.box import Box
from roughy_box.services.finding import rows_of
from roughy_box.storage.assets import count_in_state
from roughy_box.storage.database import transaction
from roughy_box.storage.models import Asset, VisibleAsset

log = logging.getLogger(__name__)

GIVES_WAY = 10.0  # seconds of one preparation after which another may start beyond the budget


async def _prepare(box: Box, job: Job, progress: JobProgress) -> None:
    """Prepare one asset.

    Errors: ``OSError`` for a missing file or a full disk,
    :class:`~roughy_box.media.children.ChildError`, those of the database: nothing of it says anything about the media.
    """
    asset = await VisibleAsset.get_or_none(id=job.id, state=State.PROCESSING)
    if asset is None:
        return
    began, outcome = time.monotonic(), "postponed"
    try:
        verdict = await _probe(box, asset, progress)
        # From here on it is carried to its end: a file that has moved and a row that does not say so must not stay.
        outcome = await wait_uncancelled(_conclude(box, asset, verdict))
    except asyncio.CancelledError:
        outcome = "deleted"
        raise
    finally:
        if not box.draining:
            box.metrics.prepared(asset.type or "unknown", time.monotonic() - began, outcome)


async def _probe(box: Box, asset: Asset, progress: JobProgress) -> Preparation | Failure:
    path = await asyncio.to_thread(box.blobs.find, asset.project_id, asset.id)
    options = box.config.processing
    return await probe_file(
        box.children, path, timeout=options.timeout, memory_limit=options.memory_limit, on_progress=progress.report
    )


async def _conclude(box: Box, asset: Asset, verdict: Preparation | Failure) -> str:
    """Act on the verdict; return the outcome for the metrics."""
    extension = verdict.kind.extension if isinstance(verdict, Preparation) else asset.extension
    assert extension is not None
    await asyncio.to_thread(box.blobs.publish, asset.project_id, asset.id, extension)
    state = await _record(asset.id, verdict)
    if state is None:
        await asyncio.to_thread(box.blobs.remove, asset.project_id, asset.id, extension)
        return "deleted"
    log.info("asset %s is %s", asset.id, state)
    return verdict.code if isinstance(verdict, Failure) else state


async def count_unprepared() -> int:
    """Return how many assets are being prepared or wait for it."""
    return await count_in_state(State.PROCESSING)


@transaction
async def _record(asset_id: str, verdict: Preparation | Failure) -> State | None:
    """Store the verdict and charge, as one; return None if the asset was deleted meanwhile."""
    asset = await Asset.get_or_none(id=asset_id, state=State.PROCESSING)
    if asset is None or not await VisibleAsset.exists(id=asset_id):
        return None
    if isinstance(verdict, Failure):
        state = move(State.PROCESSING, Event.UNREADABLE)
        assert isinstance(state, State)
        asset.state, asset.error_code, asset.error_message = state, verdict.code, verdict.message
        await asset.save()
        return state
    kind = verdict.kind
    asset.type, asset.content_type, asset.extension = kind.type, kind.content_type, kind.extension
    asset.duration_ms, asset.price = verdict.duration_ms, price(verdict.duration_ms)
    asset.prepared_at = clock.now()
    return await credits.charge(asset)


_WAITING = rows_of("asset", "state = 'processing'", asset_column="id")
# The next one, which may be short, waits neither for long sounds nor for a child that hangs.
PREPARE: Kind[Box] = Kind(
    "prepare",
    _WAITING,
    _prepare,
    has_own_slot=True,
    gives_way=GIVES_WAY,
    leads_to=("delivery", "poster", "waveform", "checksum"),
)
