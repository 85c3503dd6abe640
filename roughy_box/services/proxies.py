"""Proxies: a version of an asset that every browser plays, made when one first asks for it.

It is a render of the whole asset, small and quickly encoded, kept with the artifacts: its first frame is the first of
the plan's grid, so its times are those of cuts.
"""

from __future__ import annotations

import asyncio
import errno
import os
from typing import IO

from roughy_box.base.tasks import wait_uncancelled
from roughy_box.domain.asset import State
from roughy_box.domain.render import RenderFailure
from roughy_box.jobs.kind import Job, JobProgress, Kind
from roughy_box.media import rendering
from roughy_box.media.jobs import JobError
from roughy_box.media.render_output import X264, Encoder, RenderOutput
from roughy_box.services.box import Box
from roughy_box.services.finding import rows_of
from roughy_box.services.media_failures import check_file, describe
from roughy_box.storage import artifacts
from roughy_box.storage.artifacts import PROXY
from roughy_box.storage.models import Asset, VisibleAsset

LONGEST_WAIT = 60.0  # seconds that a proxy waits for a free slot: somebody looks at the page
_PICTURE = RenderOutput("mp4", "540p", audio_bitrate=128)
_SOUND = RenderOutput("m4a", audio_bitrate=128)
_ENCODER = Encoder(X264, "ultrafast", 26)
_LARGEST_SECOND = 400_000  # bytes: the most of 540 lines and of their sound


async def _run(box: Box, job: Job, progress: JobProgress) -> None:
    """Make one proxy; one that cannot be made is noted as none. Errors: ``OSError``, ``ChildError``."""
    asset = await VisibleAsset.get_or_none(id=job.asset_id, state=State.READY)
    if asset is None or asset.duration_ms is None:
        return
    if await asyncio.to_thread(box.blobs.available) < _LARGEST_SECOND * asset.duration_ms // 1000:
        raise OSError(errno.ENOSPC, "too little free space for a proxy")
    with box.artifacts.written(asset.id, PROXY) as file:
        try:
            await rendering.render(
                box.children,
                await _request(box, asset, progress.slots),
                file,
                timeout=box.config.rendering.timeout,
                memory_limit=box.config.rendering.memory_limit,
                on_progress=progress.report,
            )
        except (RenderFailure, JobError):
            await artifacts.set_none(job.id)
        else:
            await wait_uncancelled(_store(box, job, file))


async def _request(box: Box, asset: Asset, slots: int) -> rendering.RenderRequest:
    source = await describe(box, asset, RenderFailure)
    return rendering.RenderRequest(
        await check_file(box, asset, RenderFailure),
        source,
        [(0, source.length)],
        _PICTURE if asset.type == "video" else _SOUND,
        threads=max(1, slots),
        encoder=_ENCODER,
    )


async def _store(box: Box, job: Job, file: IO[bytes]) -> None:
    size = (await asyncio.to_thread(os.fstat, file.fileno())).st_size
    await asyncio.to_thread(box.artifacts.publish, file, job.asset_id, PROXY)
    await artifacts.set_ready(job.id, size)


PROXY_KIND: Kind[Box] = Kind(
    "proxy",
    rows_of("artifact", "kind = 'proxy' AND state = 'pending'"),
    _run,
    takes_all=True,
    cap=1,
    longest_wait=LONGEST_WAIT,
)
