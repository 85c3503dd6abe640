"""The job of a cut: describe the source, listen to it or find what was heard, plan.

Every step that reads media or computes for long is done in a child. A restart begins again with the rows that it finds
in ``pending`` or ``processing``, and finds the listening that was finished before.
"""

from __future__ import annotations

import asyncio
import json
import logging

from roughy_box.base import clock
from roughy_box.base.tasks import wait_uncancelled
from roughy_box.cutting.options import Options
from roughy_box.cutting.plan_document import unpack
from roughy_box.domain.asset import State
from roughy_box.domain.cut_states import CutFailure, CutFailureCode, CutState
from roughy_box.jobs.kind import Job, JobProgress, Kind
from roughy_box.media.description import Description
from roughy_box.media.jobs import JobCrashedError, JobError, JobTimeoutError
from roughy_box.media.listening import NoSound
from roughy_box.media.planning import PlanRequest, make_plan
from roughy_box.services import cut_plans, listenings, recognition
from roughy_box.services.box import Box
from roughy_box.services.finding import rows_of
from roughy_box.services.listenings import Heard
from roughy_box.services.media_failures import describe, failure_of, missing
from roughy_box.speech.selection import Selection
from roughy_box.storage import cuts, work
from roughy_box.storage.database import statement, transaction
from roughy_box.storage.models import Asset, Cut

log = logging.getLogger(__name__)

_HEARD = 0.85  # of a cut that has to listen; planning is the rest


class _Part(JobProgress):
    """A part of a job's progress."""

    def __init__(self, whole: JobProgress, begin: float, end: float) -> None:
        super().__init__(whole.slots)
        self._whole, self._begin, self._end = whole, begin, end

    def report(self, fraction: float, stage: str | None = None) -> None:
        """Note how far the part is."""
        self._whole.report(self._begin + (self._end - self._begin) * min(1.0, fraction), stage)


async def _run(box: Box, job: Job, progress: JobProgress) -> None:
    """Make one cut. Errors: ``OSError`` of a full disk, those of children and of the database."""
    cut = await Cut.get_or_none(id=job.id, state__in=[CutState.PENDING, CutState.PROCESSING])
    asset = await Asset.get_or_none(id=job.asset_id, state=State.READY)
    if cut is None or asset is None:
        return
    outcome = "postponed"
    try:
        outcome = await _cut(box, cut, asset, progress)
    except asyncio.CancelledError:
        outcome = "deleted"
        raise
    finally:
        if not box.draining:
            box.metrics.cuts.labels(outcome).inc()


async def _cut(box: Box, cut: Cut, asset: Asset, progress: JobProgress) -> str:
    selection = await recognition.choose(box.config, asset.language, cut.script)
    if not await _start(cut.id, selection.choices[0].offer.identity):
        return "deleted"
    progress.report(0.0, "listening")
    try:
        source = await describe(box, asset, CutFailure)
        async with listenings.lock_of(asset.id):
            heard, document = await _planned(box, cut, asset, selection, source, progress)
        plan = await asyncio.to_thread(unpack, document)
        document, summary = await asyncio.to_thread(cut_plans.finished, plan, source, heard.warnings)
    except CutFailure as failure:
        stored = await wait_uncancelled(_fail(cut.id, failure))
        log.info("cut %s failed: %s", cut.id, failure.code)
        return failure.code if stored else "deleted"
    stored = await wait_uncancelled(complete(cut.id, heard.engine, document, source.to_json(), summary))
    log.info("cut %s is completed", cut.id)
    return "completed" if stored else "deleted"


async def _planned(
    box: Box, cut: Cut, asset: Asset, selection: Selection, source: Description, progress: JobProgress
) -> tuple[Heard, bytes]:
    """Return the listening and the packed plan. Errors: :class:`CutFailure`."""
    if not source.tracks:
        raise CutFailure(CutFailureCode.NO_AUDIO)
    heard = await listenings.find(box, asset, cut.script, selection)
    if heard:
        document = await _plan(box, cut, source, heard, _Part(progress, 0.0, 1.0))
        if document is not None:
            return heard, document
    heard = await _hear(box, cut, asset, selection, _Part(progress, 0.0, _HEARD))
    document = await _plan(box, cut, source, heard, _Part(progress, _HEARD, 1.0))
    if document is None:
        raise CutFailure(CutFailureCode.PROCESSING_CRASHED)
    return heard, document


async def _hear(box: Box, cut: Cut, asset: Asset, selection: Selection, progress: JobProgress) -> Heard:
    try:
        return await listenings.hear(box, asset, cut.script, selection, progress)
    except NoSound:
        raise CutFailure(CutFailureCode.NO_AUDIO) from None
    except FileNotFoundError:
        raise await missing(box, CutFailure) from None
    except JobError as error:
        raise failure_of(error, CutFailure) from None


async def _plan(box: Box, cut: Cut, source: Description, heard: Heard, progress: JobProgress) -> bytes | None:
    """Return the packed plan; None where the listening is gone or is another one than its row says."""
    options = Options(**json.loads(cut.options))
    request = PlanRequest(heard.path, heard.facts, cut.script, options, source.rate, source.length)
    limits = box.config.cutting
    try:
        made = await make_plan(
            box.children,
            request,
            timeout=limits.timeout,
            memory_limit=limits.memory_limit,
            on_progress=progress.report,
        )
    except FileNotFoundError:
        return None
    except (JobCrashedError, JobTimeoutError) as error:
        raise failure_of(error, CutFailure) from None
    if made == "no_speech":
        raise CutFailure(CutFailureCode.NO_SPEECH)
    return made if isinstance(made, bytes) else None


@statement
async def _start(cut_id: str, selected: str) -> bool:
    return await work.start("cut", cut_id, clock.now(), selected=selected)


@transaction
async def complete(cut_id: str, engine: str, document: bytes, source: str, summary: str) -> bool:
    """Store the plan of a cut in ``processing``; return False if the cut was deleted meanwhile."""
    if not await Cut.exists(id=cut_id, state=CutState.PROCESSING):
        return False
    await cuts.add_plan(cut_id, document, source)
    return await work.complete("cut", cut_id, clock.now(), engine=engine, summary=summary)


@statement
async def _fail(cut_id: str, failure: CutFailure) -> bool:
    return await work.fail("cut", cut_id, failure.code, failure.message)


# The first of what was asked for by hand, so it never waits for what is made in advance.
CUT: Kind[Box] = Kind(
    "cut", rows_of("cut", "state IN ('pending', 'processing')"), _run, has_own_slot=True, leads_to=("delivery",)
)
