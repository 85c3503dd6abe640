"""What the use cases work on: the opened box."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from roughy_box.base.metrics import Metrics
from roughy_box.config.options import Config
from roughy_box.media.detector import Detector
from roughy_box.media.forks import Forks
from roughy_box.services.keyring import KeyRing
from roughy_box.services.preparation import Preparer
from roughy_box.services.previews import Previewer
from roughy_box.services.upload_sessions import UploadSession, UploadSessions
from roughy_box.storage.ballast import Ballast
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.database import DATABASE_ERRORS, is_disk_full, open_database
from roughy_box.storage.derived import Derived
from roughy_box.storage.folder import Folder, open_folder, serving_lock

T = TypeVar("T")


@dataclass
class Box:
    """An opened data folder and what runs on it while it is served."""

    config: Config
    folder: Folder
    secret: bytes
    blobs: Blobs
    detector: Detector
    preparer: Preparer
    keys: KeyRing
    ballast: Ballast
    derived: Derived
    previewer: Previewer
    sessions: UploadSessions = field(default_factory=UploadSessions)
    draining: bool = False
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

    async def purge(self, project_id: str, asset_id: str) -> None:
        """Delete the files of an asset whose row is gone; whatever still works on them is stopped first."""
        await self.preparer.cancel(asset_id)
        await self.previewer.cancel(asset_id)
        await asyncio.to_thread(self.blobs.remove, project_id, asset_id)
        await asyncio.to_thread(self.derived.remove, asset_id)


@asynccontextmanager
async def open_for_serving(config: Config) -> AsyncIterator[Box]:
    """Open the box as its one server.

    Errors: :class:`SetupError` when there is no box, it is damaged, or another server has it.
    """
    folder = open_folder(config.storage.data_dir)
    with serving_lock(folder):
        async with open_database(folder.database):
            blobs = Blobs(folder.root, config.storage.reserve)
            ballast = Ballast(folder.root, config.storage.reserve)
            detector = Detector()
            derived = Derived(folder.root)
            forks = Forks()
            previewer = Previewer(config.processing, forks, blobs, derived, lambda: preparer.is_full)
            metrics = Metrics()
            preparer = Preparer(config.processing, forks, blobs, metrics, previewer.kick)
            try:
                await detector.start()
                await forks.start()
                await previewer.start()
                secret, keys = folder.read_secret(), KeyRing(folder.root)
                parts = (secret, blobs, detector, preparer, keys, ballast, derived, previewer)
                yield Box(config, folder, *parts, metrics=metrics)
            finally:
                await preparer.close()
                await previewer.close()
                await forks.close()
                await detector.close()


@asynccontextmanager
async def open_for_command(config: Config) -> AsyncIterator[Folder]:
    """Open the database beside a server that may be running on it."""
    folder = open_folder(config.storage.data_dir)
    async with open_database(folder.database, checkpoints=False):
        yield folder
