"""Failures of cuts: what the media, its file or a child is to blame for. Trouble of the box is raised as it is."""

from __future__ import annotations

import asyncio

from roughy_box.domain.cut_states import CutFailure, CutFailureCode
from roughy_box.media.describer import UnreadableError
from roughy_box.media.description import Description
from roughy_box.media.jobs import JobError, JobTimeoutError
from roughy_box.services import cut_plans
from roughy_box.services.box import Box
from roughy_box.storage.models import Asset


async def describe(box: Box, asset: Asset) -> Description:
    """Return the description of a ready asset. Errors: :class:`CutFailure`; ``OSError``; ``ChildError``."""
    try:
        await _check_size(box, asset)
        return await cut_plans.describe_source(box, asset)
    except UnreadableError:
        raise CutFailure(CutFailureCode.CORRUPT_MEDIA) from None
    except FileNotFoundError:
        raise missing(box) from None
    except JobError as error:
        raise failure_of(error) from None


async def _check_size(box: Box, asset: Asset) -> None:
    """Check that the file is as long as it was. Errors: :class:`CutFailure`, ``FileNotFoundError``."""
    path = box.blobs.media(asset.project_id, asset.id, asset.extension or "")
    found = await asyncio.to_thread(path.stat)
    if found.st_size != asset.size_bytes:
        raise CutFailure(CutFailureCode.CORRUPT_MEDIA)


def failure_of(error: JobError) -> CutFailure:
    """Return the failure of a cut whose child gave no result."""
    if isinstance(error, JobTimeoutError):
        return CutFailure(CutFailureCode.PROCESSING_TIMEOUT)
    return CutFailure(CutFailureCode.PROCESSING_CRASHED)


def missing(box: Box) -> Exception:
    """Return the failure for a file that is not there; an error of the box where its whole folder is not."""
    if not box.folder.root.exists():
        return OSError(f"{box.folder.root} is missing")
    return CutFailure(CutFailureCode.MEDIA_MISSING)
