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

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass
class Box:
    """An opened data folder and what runs on it while it is served."""

    config: Config
    folder: Folder
    secret: bytes
    blobs: Blobs
    artifacts: ArtifactFiles
    ballast: Ballast
    keys: KeyRing
    detector: Detector
    children: ForkServer
    sender: Sender
    jobs: Engine[Box] = field(init=False)
    outcomes: Outcomes = field(default_factory=Outcomes)
    sessions: UploadSessions = field(default_factory=UploadSessions)
    clock: SteadyClock = field(default_factory=SteadyClock)
    draining: bool = False
    purging: asyncio.Lock = field(default_factory=asyncio.Lock)
    metrics: Metrics = field(default_factory=Metrics)
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
        await asyncio.to_thread(self._remove_files, assets)

    def _remove_files(self, assets: Iterable[DeletedAsset]) -> None:
        for asset in assets:
            for remove in (
                partial(self.blobs.remove, asset.project_id, asset.id, asset.extension),
                partial(self.artifacts.remove, asset.id),
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
