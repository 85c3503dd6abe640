"""The opened box, on which the use cases work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from roughy_box.base.clock import SteadyClock
from roughy_box.base.metrics import Metrics
from roughy_box.config.options import Config
from roughy_box.jobs.engine import Engine
from roughy_box.media.detector import Detector
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.render_output import X264
from roughy_box.outgoing.sender import Sender
from roughy_box.services.delivery_outcomes import Outcomes
from roughy_box.services.keyring import KeyRing
from roughy_box.services.upload_sessions import UploadSession, UploadSessions
from roughy_box.storage.artifacts import ArtifactFiles
from roughy_box.storage.assets import DeletedAsset
from roughy_box.storage.ballast import Ballast
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.database import DATABASE_ERRORS, is_disk_full, open_database
from roughy_box.storage.folder import Folder, open_folder
from roughy_box.storage.renders import RenderFiles, estimated

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass
class RenderSpace:
    """Bytes of disk: what the renders that wait or run may take in all, and what the running one has taken."""

    estimated: int = 0
    written: int = 0

    @property
    def outstanding(self) -> int:
        """Return what they may still take."""
        return max(0, self.estimated - self.written)


@dataclass
class Box:
    """An opened data folder and what runs on it while it is served."""

    config: Config
    folder: Folder
    secret: bytes
    blobs: Blobs
    artifacts: ArtifactFiles
    renders: RenderFiles
    ballast: Ballast
    keys: KeyRing
    detector: Detector
    children: ForkServer
    sender: Sender
    jobs: Engine[Box] = field(init=False)
    encoder: str = X264  # of pictures: the one that was selected at the start
    outcomes: Outcomes = field(default_factory=Outcomes)
    sessions: UploadSessions = field(default_factory=UploadSessions)
    clock: SteadyClock = field(default_factory=SteadyClock)
    draining: bool = False
    purging: asyncio.Lock = field(default_factory=asyncio.Lock)
    metrics: Metrics = field(default_factory=Metrics)
    render_space: RenderSpace = field(default_factory=RenderSpace)
    ticked_at: float | None = None  # of the monotonic clock: when the scheduler last began a job

    def forget(self, session: UploadSession, outcome: str) -> None:
        """Forget an open upload that ended, and count how. Repeatable."""
        if self.sessions.remove(session):
            self.metrics.uploads.labels(outcome).inc()

    async def delete(self, work: Callable[[], Awaitable[T]]) -> T:
        """Carry out the transaction of a deletion; where the disk is full, with ballast dropped until it goes."""
        while True:
            try:
                return await work()
            except DATABASE_ERRORS as error:
                if not (is_disk_full(error) and await asyncio.to_thread(self.ballast.drop)):
                    raise

    async def purge(self, assets: Sequence[DeletedAsset]) -> None:
        """Delete the files of assets whose rows are gone; every job of them is stopped first.

        The deletion is final by now, so a file that cannot be deleted is left to the reaper of orphans.
        """
        for asset in assets:
            await self.jobs.cancel(asset.id)
        self.jobs.wake("delivery")  # of what was cancelled
        await asyncio.to_thread(self._remove_files, assets)
        await self.count_render_space()

    async def count_render_space(self) -> None:
        """Add up what the renders that wait or run may take of the disk; uploads that are announced leave that free."""
        self.render_space.estimated = await estimated()

    def _remove_files(self, assets: Iterable[DeletedAsset]) -> None:
        for asset in assets:
            for remove in (
                partial(self.blobs.remove, asset.project_id, asset.id, asset.extension),
                partial(self.artifacts.remove, asset.id),
                partial(self.renders.remove_all, asset.id),
            ):
                try:
                    remove()
                except OSError as error:
                    log.error("a file of asset %s, which was deleted, is left for now: %s", asset.id, error)


@asynccontextmanager
async def open_for_command(config: Config) -> AsyncIterator[Folder]:
    """Open the database, also while a server is running on it."""
    folder = open_folder(config.storage.data_dir)
    async with open_database(folder.database, checkpoints=False):
        yield folder
