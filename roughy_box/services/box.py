"""What the use cases work on: the opened box."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from roughy_box.base.metrics import Metrics
from roughy_box.config.options import Config
from roughy_box.jobs.engine import Engine
from roughy_box.media.detector import Detector
from roughy_box.media.fork_server import ForkServer
from roughy_box.services.keyring import KeyRing
from roughy_box.services.upload_sessions import UploadSession, UploadSessions
from roughy_box.storage.artifacts import ArtifactFiles
from roughy_box.storage.ballast import Ballast
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.database import DATABASE_ERRORS, is_disk_full, open_database
from roughy_box.storage.folder import Folder, open_folder

T = TypeVar("T")


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
    jobs: Engine[Box] = field(init=False)
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
        """Delete the files of an asset whose row is gone; every job of it is stopped first."""
        await self.jobs.cancel(asset_id)
        await asyncio.to_thread(self.blobs.remove, project_id, asset_id)
        await asyncio.to_thread(self.artifacts.remove, asset_id)


@asynccontextmanager
async def open_for_command(config: Config) -> AsyncIterator[Folder]:
    """Open the database beside a server that may be running on it."""
    folder = open_folder(config.storage.data_dir)
    async with open_database(folder.database, checkpoints=False):
        yield folder
