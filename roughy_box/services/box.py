"""What the use cases work on: the opened box."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from roughy_box.config import Config
from roughy_box.media.runner import Detector
from roughy_box.services.keyring import KeyRing
from roughy_box.services.processing import Preparer
from roughy_box.services.transfers import Transfers
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.database import open_database
from roughy_box.storage.folder import Folder, open_folder, serving_lock


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
    transfers: Transfers = field(default_factory=Transfers)
    creating: asyncio.Lock = field(default_factory=asyncio.Lock)
    draining: bool = False


@asynccontextmanager
async def open_for_serving(config: Config) -> AsyncIterator[Box]:
    """Open the box as its one server.

    Errors: :class:`SetupError` when there is no box, it is damaged, or another server has it.
    """
    folder = open_folder(config.storage.data_dir)
    with serving_lock(folder):
        async with open_database(folder.database):
            blobs = Blobs(folder.root)
            detector = Detector()
            preparer = Preparer(config.processing, blobs)
            try:
                await detector.start()
                await preparer.start()
                yield Box(config, folder, folder.read_secret(), blobs, detector, preparer, KeyRing(folder.root))
            finally:
                await preparer.close()
                await detector.close()


@asynccontextmanager
async def open_for_command(config: Config) -> AsyncIterator[Folder]:
    """Open the database beside a server that may be running on it."""
    folder = open_folder(config.storage.data_dir)
    async with open_database(folder.database, checkpoints=False):
        yield folder
