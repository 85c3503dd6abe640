"""The job of a render: its plan goes to a child with a file to write, which gets its name once it is whole.

A restart begins again with the rows that it finds in ``pending`` or ``processing``. A disk that fills up is trouble of
the box: what was written is deleted, and the render is tried again later.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
from collections.abc import Coroutine
from dataclasses import asdict, replace
from typing import IO, Any

from roughy_box.base import clock
from roughy_box.base.tasks import wait_uncancelled
from roughy_box.cutting.notes import sound_outside_picture
from roughy_box.domain.asset import State
from roughy_box.domain.cut import CutWarning
from roughy_box.domain.render import OPEN, RenderFailure
from roughy_box.jobs.kind import Job, JobProgress, Kind
from roughy_box.media import rendering
from roughy_box.media.description import Description
from roughy_box.media.jobs import JobError
from roughy_box.media.render_output import X264, Encoder, RenderOutput, place_text
from roughy_box.media.rendering import CorruptMedia, Rendered, UnsupportedOutput
from roughy_box.services import render_plans
from roughy_box.services.box import Box
from roughy_box.services.finding import rows_of
from roughy_box.services.media_failures import check_file, failure_of, missing
from roughy_box.storage import work
from roughy_box.storage.database import statement
from roughy_box.storage.models import Asset, Render

LONGEST_WAIT = 60.0  # seconds that a render waits for a free slot
LOOK_EVERY = 0.5  # seconds between two looks at the disk

log = logging.getLogger(__name__)


async def _run(box: Box, job: Job, progress: JobProgress) -> None:
    """Make one render. Errors: ``OSError`` of a full disk, those of children and of the database."""
    render = await Render.get_or_none(id=job.id, state__in=OPEN)
    asset = await Asset.get_or_none(id=job.asset_id, state=State.READY)
    if render is None or asset is None:
        return
    outcome = "postponed"
    try:
        outcome = await _render(box, render, asset, progress)
    except asyncio.CancelledError:
        outcome = "deleted"
        raise
    finally:
        box.render_space.written = 0
        if not box.draining:
            box.metrics.renders.labels(outcome).inc()
            await box.count_render_space()


async def _render(box: Box, render: Render, asset: Asset, progress: JobProgress) -> str:
    if not await _start(render.id):
        return "deleted"
    try:
        request = await _request(box, render, asset, progress.slots)
        with box.renders.written(asset.id, render.id, render.format) as file:
            made = await _within_space(box, render, file, _make(box, request, file, progress))
            # From here on it is carried to its end: a file with a name and a row that does not say so must not stay.
            stored = await wait_uncancelled(_conclude(box, render, file, _with_notes(made, request.source)))
    except RenderFailure as failure:
        stored = await wait_uncancelled(_fail(render.id, failure))
        log.info("render %s failed: %s", render.id, failure.code)
        return failure.code if stored else "deleted"
    log.info("render %s is completed", render.id)
    return "completed" if stored else "deleted"


def _with_notes(made: Rendered, source: Description) -> Rendered:
    """Return the result with what is known before: which of several tracks was taken, and what of it was left out."""
    notes = []
    if len(source.tracks) > 1:
        note = (
            f"The source has {len(source.tracks)} sound tracks; this file has the default one, "
            f"number {source.default_track + 1}."
        )
        notes.append(("several_audio_tracks", note))
    if outside := sound_outside_picture(*source.outside):
        notes.append((outside.code, outside.message))
    return replace(made, warnings=(*notes, *made.warnings))


async def _request(box: Box, render: Render, asset: Asset, slots: int) -> rendering.RenderRequest:
    plan = await render_plans.load(render.id)
    if plan is None:  # another program deleted it; with the next request it has one again
        raise RenderFailure("processing_crashed")
    try:
        path = await check_file(box, asset, RenderFailure)
    except FileNotFoundError:
        raise await missing(box, RenderFailure) from None
    options = box.config.rendering
    return rendering.RenderRequest(
        path,
        plan.source,
        plan.segments,
        RenderOutput(**json.loads(render.output)),
        threads=max(1, slots),
        encoder=Encoder(box.encoder, options.preset, options.crf),
    )


async def _make(box: Box, request: rendering.RenderRequest, file: IO[bytes], progress: JobProgress) -> Rendered:
    """Make the file. Errors: :class:`RenderFailure`; ``OSError``; ``ChildError``."""
    limits = box.config.rendering
    try:
        return await rendering.render(
            box.children,
            request,
            file,
            timeout=limits.timeout,
            memory_limit=limits.memory_limit,
            on_progress=progress.report,
        )
    except FileNotFoundError:
        raise await missing(box, RenderFailure) from None
    except CorruptMedia as error:
        raise RenderFailure("corrupt_media", _corrupt_at(error.seconds)) from None
    except UnsupportedOutput as error:
        raise RenderFailure("unsupported_output", str(error)) from None
    except JobError as error:
        if request.encoder.name == X264:
            raise failure_of(error, RenderFailure) from None
        log.warning("the encoder %s does not work any more: x264 takes over", request.encoder.name)
        by_x264 = replace(request, encoder=replace(request.encoder, name=X264))
        return await _make(box, by_x264, file, progress)
    except OSError as error:
        if error.errno == errno.EFBIG:  # beyond the limit of its output, and not for want of space
            raise RenderFailure("processing_crashed") from None
        raise


def _corrupt_at(seconds: float) -> str:
    return f"The file of this asset stops decoding {place_text(seconds)}. Restore it from a backup."


async def _within_space(box: Box, render: Render, file: IO[bytes], work: Coroutine[Any, Any, Rendered]) -> Rendered:
    """Wait for a render as long as ``storage.reserve`` stays free. Errors: ``OSError`` once it does not."""
    running = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({running}, timeout=LOOK_EVERY))[0]:
            size, available = await asyncio.to_thread(lambda: (os.fstat(file.fileno()).st_size, box.blobs.available()))
            box.render_space.written = min(size, render.estimate)
            if available < 0:
                raise OSError(errno.ENOSPC, "the free space is down to storage.reserve")
        return running.result()
    finally:
        if not running.done():
            running.cancel()
            await asyncio.wait({running})


async def _conclude(box: Box, render: Render, file: IO[bytes], made: Rendered) -> bool:
    """Give the file its name and complete the row; return False, and delete the file, if the row is gone."""
    await asyncio.to_thread(box.renders.publish, file, render.asset_id, render.id, render.format)
    if stored := await _complete(render.id, made):
        return stored
    await asyncio.to_thread(box.renders.remove, render.asset_id, render.id, render.format)
    return False


@statement
async def _start(render_id: str) -> bool:
    return await work.start("render", render_id, clock.now())


@statement
async def _complete(render_id: str, made: Rendered) -> bool:
    return await work.complete(
        "render",
        render_id,
        clock.now(),
        size_bytes=made.size,
        duration_ms=round(made.duration * 1000),
        warnings=json.dumps([asdict(CutWarning(code, message)) for code, message in made.warnings]),
    )


@statement
async def _fail(render_id: str, failure: RenderFailure) -> bool:
    return await work.fail("render", render_id, failure.code, failure.message)


# Its encoder uses every core it is given, so one at a time is as fast as several.
RENDER: Kind[Box] = Kind(
    "render",
    rows_of("render", "state IN ('pending', 'processing')"),
    _run,
    takes_all=True,
    cap=1,
    longest_wait=LONGEST_WAIT,
    leads_to=("delivery",),
)
