"""Recognizers as the settings have them: who hears a recording, and hearing it into a file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import IO

from roughy_box.base.files import give_to_owner, sync_folder, unfinished
from roughy_box.config.options import Config
from roughy_box.jobs.kind import JobProgress
from roughy_box.media.listening import Listened, Request, listen
from roughy_box.services.box import Box
from roughy_box.speech.recognizers import Setup, statuses
from roughy_box.speech.selection import Selection, select
from roughy_box.storage.folder import MODELS
from roughy_box.storage.models import Asset


def setup_of(config: Config) -> Setup:
    """Return what the settings say of models."""
    return Setup(config.speech.model, config.storage.data_dir / MODELS)


async def choose(config: Config, language: str | None, script: str | None) -> Selection:
    """Return who would hear a recording now; ``language`` is the asset's."""
    found = await asyncio.to_thread(statuses, setup_of(config))
    return select(found, config.speech.engine, language, script)


async def hear(
    box: Box,
    asset: Asset,
    script: str | None,
    selection: Selection,
    target: Path,
    progress: JobProgress,
    *,
    timeout: float | None,
    memory_limit: int,
) -> Listened:
    """Hear a ready asset; its payload stands at ``target`` then, whole and durable, or nothing does.

    ``timeout`` and ``memory_limit`` as in :func:`roughy_box.media.listening.listen`, whose errors these are.
    """
    assert asset.extension is not None
    assert asset.duration_ms is not None
    request = Request(
        box.blobs.media(asset.project_id, asset.id, asset.extension),
        asset.duration_ms,
        selection.choices,
        script,
        box.config.speech.threads or max(1, progress.slots),
    )
    making = unfinished(target)
    output = await asyncio.to_thread(_create, making)
    try:
        with output:
            heard = await listen(
                box.children,
                request,
                output,
                timeout=timeout,
                memory_limit=memory_limit,
                on_progress=progress.report,
            )
            await asyncio.to_thread(os.fsync, output.fileno())
        await asyncio.to_thread(_publish, making, target)
    finally:
        await asyncio.to_thread(making.unlink, missing_ok=True)
    return heard


def _create(path: Path) -> IO[bytes]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    give_to_owner(path)
    return os.fdopen(descriptor, "wb", buffering=0)


def _publish(making: Path, target: Path) -> None:
    making.replace(target)
    sync_folder(target.parent)
