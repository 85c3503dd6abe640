"""Preparation: what is whole is probed in a child, put among the media, and charged.

The work to do stands in the table (state ``processing``), never in memory: a restart begins
again with what it finds there, and the ledger takes one charge an asset, whoever asks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from roughy_box.base import clock
from roughy_box.base.metrics import Metrics
from roughy_box.config.options import Processing
from roughy_box.domain.asset import Event, Failure, Preparation, State, move
from roughy_box.domain.ledger import price
from roughy_box.media.children import ChildError
from roughy_box.media.forks import Forks
from roughy_box.media.prober import probe_file
from roughy_box.services import credits
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.database import DATABASE_ERRORS, transaction
from roughy_box.storage.models import Asset

log = logging.getLogger(__name__)

RETRY_AFTER = 60.0  # seconds an asset waits after trouble that is not the media's


@dataclass
class _Job:
    """One asset in preparation: the probe may be cancelled, what follows it may not."""

    probe: asyncio.Task[Preparation | Failure]
    began: float
    whole: asyncio.Task[None] | None = None


class Preparer:
    """Prepares several assets side by side, oldest first; ``when_free`` is called when a worker has nothing to do."""

    def __init__(
        self, options: Processing, forks: Forks, blobs: Blobs, metrics: Metrics, when_free: Callable[[], None]
    ) -> None:
        self._when_free = when_free
        self._options = options
        self._forks = forks
        self._blobs = blobs
        self._metrics = metrics
        self._jobs: dict[str, _Job] = {}
        self._filling = asyncio.Lock()
        self._background: set[asyncio.Task[None]] = set()
        self._postponed: dict[str, float] = {}
        self._closed = False

    @property
    def running(self) -> int:
        """How many assets are being prepared."""
        return len(self._jobs)

    @property
    def workers(self) -> int:
        """How many may be."""
        return self._options.workers

    @property
    def is_full(self) -> bool:
        """Whether every worker has an asset."""
        return len(self._jobs) >= self._options.workers

    def kick(self) -> None:
        """Look for work now rather than at the next tick."""
        task = asyncio.create_task(self.fill())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def fill(self) -> None:
        """Start preparing what waits, as far as workers are free."""
        async with self._filling:
            room = self._options.workers - len(self._jobs)
            if self._closed or room <= 0:
                return
            waiting = Asset.filter(state=State.PROCESSING).exclude(id__in=self._not_now()).order_by("seq")
            for asset in await waiting.limit(room):
                self._start(asset)
        if not self.is_full:
            self._when_free()

    async def cancel(self, asset_id: str) -> None:
        """Stop preparing a deleted asset; returns when nothing touches its files any more."""
        if job := self._jobs.get(asset_id):
            job.probe.cancel()
            if job.whole:
                await asyncio.wait({job.whole})

    async def close(self) -> None:
        """Stop all preparation; what was not finished begins again at the next start."""
        self._closed = True
        await asyncio.gather(*map(self.cancel, list(self._jobs)))
        await asyncio.gather(*self._background, return_exceptions=True)

    def _not_now(self) -> list[str]:
        now = time.monotonic()
        self._postponed = {asset_id: due for asset_id, due in self._postponed.items() if due > now}
        return [*self._jobs, *self._postponed]

    def _postpone(self, asset_id: str) -> str:
        self._postponed[asset_id] = time.monotonic() + RETRY_AFTER
        return "postponed"

    def _start(self, asset: Asset) -> None:
        job = self._jobs[asset.id] = _Job(asyncio.create_task(self._probe(asset)), time.monotonic())
        job.whole = asyncio.create_task(self._prepare(asset, job))

    async def _probe(self, asset: Asset) -> Preparation | Failure:
        path = await asyncio.to_thread(self._blobs.find, asset.project_id, asset.id)
        return await probe_file(
            self._forks, path, timeout=self._options.timeout, memory_limit=self._options.memory_limit
        )

    async def _prepare(self, asset: Asset, job: _Job) -> None:
        outcome = "deleted"
        try:
            with suppress(asyncio.CancelledError):
                outcome = await self._conclude(asset, await job.probe)
        except (*DATABASE_ERRORS, OSError, ChildError) as error:
            # A missing file, a full disk: nothing about the media, so it is tried again later.
            log.error("asset %s could not be prepared: %s", asset.id, error)
            outcome = self._postpone(asset.id)
        except Exception:
            log.exception("asset %s could not be prepared", asset.id)
            outcome = self._postpone(asset.id)
        finally:
            del self._jobs[asset.id]
            if not self._closed:
                self._metrics.prepared(asset.type or "unknown", time.monotonic() - job.began, outcome)
                self.kick()

    async def _conclude(self, asset: Asset, verdict: Preparation | Failure) -> str:
        """Act on the verdict; what became of the asset, for the metrics."""
        extension = verdict.kind.extension if isinstance(verdict, Preparation) else asset.extension
        assert extension is not None
        await asyncio.to_thread(self._blobs.publish, asset.project_id, asset.id, extension)
        state = await _record(asset.id, verdict)
        if state is None:
            await asyncio.to_thread(self._blobs.remove, asset.project_id, asset.id)
        else:
            log.info("asset %s is %s", asset.id, state)
        if state is None:
            return "deleted"
        return verdict.code if isinstance(verdict, Failure) else state


async def count_unprepared() -> int:
    """How many assets are being prepared or wait for it."""
    return await Asset.filter(state=State.PROCESSING).count()


@transaction
async def _record(asset_id: str, verdict: Preparation | Failure) -> State | None:
    """Store the verdict and charge, as one; ``None`` if the asset was deleted meanwhile."""
    asset = await Asset.get_or_none(id=asset_id, state=State.PROCESSING)
    if asset is None:
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
