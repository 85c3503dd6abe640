"""Opens a box as its one server, and closes it in order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from roughy_box.config.options import Config
from roughy_box.jobs.engine import Engine
from roughy_box.media.children import ChildError
from roughy_box.media.detector import Detector
from roughy_box.media.encoders import select
from roughy_box.media.fork_server import ForkServer
from roughy_box.outgoing.policy import policy_of
from roughy_box.outgoing.sender import Sender
from roughy_box.services import artifacts, renders
from roughy_box.services.box import Box
from roughy_box.services.keyring import KeyRing
from roughy_box.services.kinds import KINDS
from roughy_box.storage.artifacts import ArtifactFiles
from roughy_box.storage.ballast import Ballast
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.database import DATABASE_ERRORS, open_database
from roughy_box.storage.folder import open_folder, serving_lock
from roughy_box.storage.renders import RenderFiles


@asynccontextmanager
async def open_for_serving(config: Config, port: int) -> AsyncIterator[Box]:
    """Open the box as its one server, which listens on ``port``.

    Errors: :class:`SetupError` when there is no box, it is damaged, or another server has it.
    """
    folder = open_folder(config.storage.data_dir)
    with serving_lock(folder):
        async with open_database(folder.database), Detector() as detector, ForkServer() as children:
            box = Box(
                config,
                folder,
                secret=folder.read_secret(),
                blobs=Blobs(folder.root, config.storage.reserve),
                artifacts=ArtifactFiles(folder.root),
                renders=RenderFiles(folder.root),
                ballast=Ballast(folder.root, config.storage.reserve),
                keys=KeyRing(folder.root),
                detector=detector,
                children=children,
                sender=Sender(policy_of(config, port)),
            )
            box.jobs = Engine(KINDS, box, config.processing.workers, expected=(OSError, *DATABASE_ERRORS, ChildError))
            try:
                await detector.start()
                await children.start()
                box.encoder = await select(children, config.rendering.encoder)
                await artifacts.start(box.artifacts)
                await renders.start(box)
                async with box.keys.watching():
                    yield box
            finally:
                await box.jobs.close()
