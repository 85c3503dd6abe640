"""Checks of files against rows: every file of the box belongs to an asset that needs it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from roughy_box.domain.asset import State
from roughy_box.domain.findings import Finding
from roughy_box.operations.asset_rows import PAGE, AssetRow, read_some
from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.findings import FOLDERS, Context, is_left, shell
from roughy_box.storage import artifacts
from roughy_box.storage.inspection import Inspection

SECOND_LOOK = 1.0  # seconds; a server deletes the row first and the file a moment later


class Found(NamedTuple):
    """A file and the asset it is named after; ``is_artifact``: not the media itself."""

    asset_id: str
    path: Path
    is_artifact: bool


def check_strays(context: Context, database: Inspection) -> Iterator[Finding]:
    """Look for the asset of every file; files of other programs are counted and left alone."""
    ours = 0
    suspects: list[Found] = []
    files = _stored(context)
    while page := list(islice(files, PAGE)):
        ours += len(page)
        suspects += (found for found, _ in _strays(context, database, page))
    context.facts["foreign_files"] = _count_files(context.root) - ours
    if suspects and context.is_served:
        time.sleep(SECOND_LOOK)
    for start in range(0, len(suspects), PAGE):
        for found, row in _strays(context, database, suspects[start : start + PAGE]):
            yield _about(context, found, row)


def _stored(context: Context) -> Iterator[Found]:
    # A folder that is missing has its own finding.
    with suppress(FileNotFoundError):
        yield from (Found(asset_id, path, False) for asset_id, path in context.blobs.stored())
    with suppress(FileNotFoundError):
        yield from (Found(asset_id, path, True) for asset_id, path in artifacts.ArtifactFiles(context.root).stored())


def _strays(context: Context, database: Inspection, page: Sequence[Found]) -> Iterator[tuple[Found, AssetRow | None]]:
    known = read_some(database, [found.asset_id for found in page])
    for found in page:
        row = known.get(found.asset_id)
        if not _is_needed(context, row, found) and is_left(context, found.path):
            yield found, row


def _is_needed(context: Context, row: AssetRow | None, found: Found) -> bool:
    if row is None or row.is_rejected:
        return False
    if found.is_artifact:
        return True
    if row.is_published:
        proper = context.blobs.media(row.project_id, row.id, str(row.extension))
        # check_files reports one that is elsewhere.
        return found.path == proper or not proper.exists()
    return found.path == context.blobs.incoming(row.id) or row.state == State.PROCESSING


def _about(context: Context, found: Found, row: AssetRow | None) -> Finding:
    asset_id, path, _ = found
    remove = partial(repairs.remove, path)
    if row is None:
        problem = f"a file is left of asset {asset_id}, which does not exist"
        return context.repairable("files", problem, "removes it, as the server does when it starts", remove)
    if row.is_rejected:
        problem = f"a file is left of asset {asset_id}, whose upload was rejected"
        return context.repairable("files", problem, "removes it", remove)
    problem = f"{path} is a second file of asset {asset_id}"
    return Finding("files", problem, f"If you do not need it: {shell('rm', path)}")


def _count_files(root: Path) -> int:
    return sum(len(files) for name in (*FOLDERS, artifacts.FOLDER) for _, _, files in os.walk(root / name))
