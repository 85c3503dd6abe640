"""Artifacts: posters and waveforms, drawn in the background once an asset is ready; peaks, once they are read.

Each can be drawn again from the media, so an asset is ready whether or not it can be shown.
What there is to do stands in the table (state ``pending``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import get_args

from roughy_box.base.tasks import wait_uncancelled
from roughy_box.domain.asset import State
from roughy_box.domain.errors import BoxError
from roughy_box.jobs.kind import Job, JobProgress, Kind
from roughy_box.media.previews import Preview, draw
from roughy_box.services.box import Box
from roughy_box.services.finding import rows_of
from roughy_box.storage import artifacts
from roughy_box.storage.artifacts import KINDS, ON_REQUEST, ArtifactFiles, ArtifactKind
from roughy_box.storage.models import Asset, VisibleAsset

LONGEST_WAIT = 60.0  # seconds that a preview waits for a long job of another kind
_BATCH = 500  # rows


async def start(files: ArtifactFiles) -> None:
    """Bring rows and files together before the first job: a folder that is gone, sizes that were never kept."""
    if not await asyncio.to_thread(files.exists):
        await artifacts.reset_regenerable()
        await asyncio.to_thread(files.make_folder)
    await artifacts.forget_requests()
    await asyncio.to_thread(files.remove_interrupted)
    while rows := await artifacts.unmeasured(_BATCH):
        for artifact_id, asset_id, kind in rows:
            size = await asyncio.to_thread(files.size, asset_id, KINDS[kind])
            if size is None:
                await artifacts.set_pending(asset_id, KINDS[kind])
            else:
                await artifacts.set_ready(artifact_id, size)


async def ready_kinds(assets: Sequence[Asset]) -> dict[str, set[str]]:
    """Return the kinds of artifacts that can be shown, by the id of each ready asset that has any."""
    ready = [asset.id for asset in assets if asset.state == State.READY]
    return await artifacts.ready_kinds(ready) if ready else {}


async def check_served(box: Box, asset_id: str, kind: ArtifactKind) -> None:
    """Check that an artifact may be given out: its asset is ready, and its file is as it was made.

    Where the file is not, it is made again. Errors: ``not_found``; ``unavailable`` while one is made on request.
    """
    row = await artifacts.of_ready_asset(asset_id, kind)
    if row is None and kind in ON_REQUEST:
        await artifacts.want(asset_id, kind)
        box.jobs.wake()
        row = await artifacts.of_ready_asset(asset_id, kind)
    if row is None:
        raise BoxError("not_found", "This asset was deleted.")
    if row.state == "none":
        raise BoxError("not_found", f"This asset has no {kind.name}.")
    if row.state == "pending" and kind in ON_REQUEST:
        raise _in_the_making(box, asset_id, kind)
    if row.state == "pending":
        raise BoxError("not_found", f"The {kind.name} of this asset is being made.")
    if await asyncio.to_thread(box.artifacts.size, asset_id, kind) != row.size:
        await _make_again(box, asset_id, kind)
        if kind in ON_REQUEST:
            raise _in_the_making(box, asset_id, kind)
        raise BoxError(
            "not_found", f"The {kind.name} is missing or damaged on the disk of the box. It is being made again."
        )


def _in_the_making(box: Box, asset_id: str, kind: ArtifactKind) -> BoxError:
    running = box.jobs.progress(kind.name, artifacts.id_of(asset_id, kind))
    made = running.fraction if running else 0.0
    message = f"The box is making the {kind.name} of this asset: {made:.0%}."
    return BoxError("unavailable", message, headers={"Retry-After": "1"})


async def _make_again(box: Box, asset_id: str, kind: ArtifactKind) -> None:
    """Have an artifact made again whose file is gone, and all of them where the whole folder is."""
    if await asyncio.to_thread(box.artifacts.exists):
        await artifacts.set_pending(asset_id, kind)
    else:
        await artifacts.reset_regenerable()
        await artifacts.forget_requests()
    box.jobs.wake()


def _preview_kind(preview: Preview) -> Kind[Box]:
    """Return the row of the table of kinds for one sort of preview."""
    kind = KINDS[preview]
    waiting = rows_of("artifact", f"kind = '{kind.name}' AND state = 'pending'")
    return Kind(preview, waiting, _drawer(preview, kind), longest_wait=LONGEST_WAIT)


def _drawer(preview: Preview, kind: ArtifactKind) -> Callable[[Box, Job, JobProgress], Awaitable[None]]:
    async def run(box: Box, job: Job, progress: JobProgress) -> None:
        asset = await VisibleAsset.get_or_none(id=job.asset_id, state=State.READY)
        if asset is None or asset.extension is None or asset.duration_ms is None:
            return
        options = box.config.processing
        content = await draw(
            box.children,
            box.blobs.media(asset.project_id, asset.id, asset.extension),
            preview,
            duration_ms=asset.duration_ms,
            timeout=options.timeout,
            memory_limit=options.memory_limit,
            on_progress=progress.report,
        )
        await wait_uncancelled(_store(box, job, kind, content))

    return run


async def _store(box: Box, job: Job, kind: ArtifactKind, content: bytes | None) -> None:
    if content is None:
        await artifacts.set_none(job.id)
        return
    await asyncio.to_thread(box.artifacts.store, job.asset_id, kind, content)
    await artifacts.set_ready(job.id, len(content))


POSTER, WAVEFORM, PEAKS = map(_preview_kind, get_args(Preview))
