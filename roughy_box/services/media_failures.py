"""Failures that the media, its file or a child is to blame for. Trouble of the box is raised as it is.

``failure`` makes the exception of a code: :class:`~roughy_box.domain.cut_states.CutFailure` and its siblings, which all
know ``media_missing``, ``corrupt_media``, ``processing_timeout`` and ``processing_crashed``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from roughy_box.media.describer import UnreadableError
from roughy_box.media.description import Description
from roughy_box.media.jobs import JobError, JobTimeoutError
from roughy_box.services import cut_plans
from roughy_box.services.box import Box
from roughy_box.storage.models import Asset

Failure = Callable[[str], Exception]


async def describe(box: Box, asset: Asset, failure: Failure) -> Description:
    """Return the description of a ready asset. Errors: a ``failure``; ``OSError``; ``ChildError``."""
    try:
        await check_file(box, asset, failure)
        return await cut_plans.describe_source(box, asset)
    except UnreadableError:
        raise failure("corrupt_media") from None
    except FileNotFoundError:
        raise await missing(box, failure) from None
    except JobError as error:
        raise failure_of(error, failure) from None


async def check_file(box: Box, asset: Asset, failure: Failure) -> Path:
    """Return the path of an asset's file, which is as long as it was. Errors: a ``failure``, ``FileNotFoundError``."""
    path = box.blobs.media(asset.project_id, asset.id, asset.extension or "")
    found = await asyncio.to_thread(path.stat)
    if found.st_size != asset.size_bytes:
        raise failure("corrupt_media")
    return path


def failure_of(error: JobError, failure: Failure) -> Exception:
    """Return the failure of work whose child gave no result."""
    return failure("processing_timeout" if isinstance(error, JobTimeoutError) else "processing_crashed")


async def missing(box: Box, failure: Failure) -> Exception:
    """Return the failure for a file that is not there; an error of the box where its whole folder is not."""
    if not await asyncio.to_thread(box.folder.root.exists):
        return OSError(f"{box.folder.root} is missing")
    return failure("media_missing")
