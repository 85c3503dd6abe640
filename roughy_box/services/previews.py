"""Posters and waveforms: drawn in the background once an asset is ready, newest first, one at a time.

What is drawn can be drawn again, so nothing here is worth failing for: an asset is ready whether
or not it can be shown. What there is to do stands in the table (``previewed_at``).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from roughy_box.base import clock
from roughy_box.base.tasks import wait_uncancelled
from roughy_box.config.options import Processing
from roughy_box.domain.asset import State
from roughy_box.media.forks import Forks
from roughy_box.media.previewer import draw
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.database import statement
from roughy_box.storage.derived import SUFFIXES, Derived
from roughy_box.storage.models import Asset

log = logging.getLogger(__name__)

RETRY_AFTER = 60.0  # seconds an asset waits after trouble that is not the media's


class Previewer:
    """Draws what ready assets look and sound like, but begins with none while ``has_to_wait``."""

    def __init__(
        self, options: Processing, forks: Forks, blobs: Blobs, derived: Derived, has_to_wait: Callable[[], bool]
    ) -> None:
        self._options = options
        self._forks = forks
        self._blobs = blobs
        self._derived = derived
        self._has_to_wait = has_to_wait
        self._asset_id: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._postponed: dict[str, float] = {}
        self._closed = False

    async def start(self) -> None:
        """Have everything drawn anew where the folder with the drawings is gone."""
        if not await asyncio.to_thread(self._derived.is_there):
            await _forget_all()
            await asyncio.to_thread(self._derived.make_folder)

    async def redraw(self, asset_id: str) -> None:
        """Draw an asset anew whose files are gone."""
        await _record(asset_id, has_poster=0, has_waveform=0, previewed_at=None)
        self.kick()

    def kick(self) -> None:
        """Draw what waits, unless that is being done."""
        if self._task is None and not self._closed:
            self._task = asyncio.create_task(self._draw_all())

    async def cancel(self, asset_id: str) -> None:
        """Stop drawing a deleted asset; returns when nothing touches its files any more."""
        if self._asset_id == asset_id:
            await self._stop()
            self.kick()

    async def close(self) -> None:
        """Stop; what was not drawn is drawn after the next start."""
        self._closed = True
        await self._stop()

    async def _stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _draw_all(self) -> None:
        try:
            while not self._has_to_wait() and (asset := await self._next()):
                self._asset_id = asset.id
                try:
                    await self._draw(asset)
                except Exception as error:
                    # A missing file, a full disk: nothing about the media, so it is tried again later.
                    log.error("asset %s could not be drawn: %s", asset.id, error)
                    self._postponed[asset.id] = time.monotonic() + RETRY_AFTER
        finally:
            self._asset_id = self._task = None

    async def _next(self) -> Asset | None:
        now = time.monotonic()
        self._postponed = {asset_id: due for asset_id, due in self._postponed.items() if due > now}
        waiting = Asset.filter(state=State.READY, previewed_at=None).exclude(id__in=list(self._postponed))
        return await waiting.order_by("-seq").first()

    async def _draw(self, asset: Asset) -> None:
        assert asset.extension is not None
        assert asset.duration_ms is not None
        path = self._blobs.media(asset.project_id, asset.id, asset.extension)
        for kind in SUFFIXES:
            content = await draw(
                self._forks,
                path,
                kind,
                duration_ms=asset.duration_ms,
                timeout=self._options.timeout,
                memory_limit=self._options.memory_limit,
            )
            if content:
                await wait_uncancelled(asyncio.to_thread(self._derived.store, asset.id, kind, content))
                await _record(asset.id, **{f"has_{kind}": 1})
        await _record(asset.id, previewed_at=clock.now())


@statement
async def _record(asset_id: str, **columns: int | None) -> None:
    await Asset.filter(id=asset_id).update(**columns)


@statement
async def _forget_all() -> None:
    await Asset.filter(state=State.READY).update(has_poster=0, has_waveform=0, previewed_at=None)
