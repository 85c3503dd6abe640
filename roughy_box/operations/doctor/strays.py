"""Files against rows: every file of ours belongs to a row that means it."""

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
from roughy_box.operations.doctor import repairs, rows
from roughy_box.operations.doctor.findings import FOLDERS, LEFT_BEHIND, Case, Finding, shell, status
from roughy_box.operations.doctor.rows import PAGE, Row
from roughy_box.storage import artifacts
from roughy_box.storage.inspection import Inspection

SECOND_LOOK = 1.0  # seconds; a server deletes the row first and the file a moment later


class Found(NamedTuple):
    """A file of ours and the asset it is named after; ``is_drawn``: made of its media, not the media itself."""

    asset_id: str
    path: Path
    is_drawn: bool


def check_strays(case: Case, database: Inspection) -> Iterator[Finding]:
    """Look for the row of every file; files that are not ours are counted and left alone."""
    ours = 0
    suspects: list[Found] = []
    files = _stored(case)
    while page := list(islice(files, PAGE)):
        ours += len(page)
        suspects += (found for found, _ in _strays(case, database, page))
    case.facts["foreign_files"] = _count_files(case.root) - ours
    if suspects and case.is_served:
        time.sleep(SECOND_LOOK)
    for start in range(0, len(suspects), PAGE):
        for found, row in _strays(case, database, suspects[start : start + PAGE]):
            yield _about(case, found, row)


def _stored(case: Case) -> Iterator[Found]:
    # A folder that is missing has its own finding.
    with suppress(FileNotFoundError):
        yield from (Found(asset_id, path, False) for asset_id, path in case.blobs.stored())
    with suppress(FileNotFoundError):
        yield from (Found(asset_id, path, True) for asset_id, path in artifacts.ArtifactFiles(case.root).stored())


def _strays(case: Case, database: Inspection, page: Sequence[Found]) -> Iterator[tuple[Found, Row | None]]:
    known = rows.some(database, [found.asset_id for found in page])
    for found in page:
        row = known.get(found.asset_id)
        if not _is_meant(case, row, found) and _is_left(case, found.path):
            yield found, row


def _is_meant(case: Case, row: Row | None, found: Found) -> bool:
    if row is None or row.is_rejected:
        return False
    if found.is_drawn:
        return True
    if row.is_published:
        proper = case.blobs.media(row.project_id, row.id, str(row.extension))
        # One that is elsewhere is told by its row.
        return found.path == proper or not proper.exists()
    return found.path == case.blobs.incoming(row.id) or row.state == State.PROCESSING


def _is_left(case: Case, path: Path) -> bool:
    found = status(path, follow_symlinks=False)
    return found is not None and (not case.is_served or found.st_mtime < time.time() - LEFT_BEHIND)


def _about(case: Case, found: Found, row: Row | None) -> Finding:
    asset_id, path, _ = found
    remove = partial(repairs.remove, path)
    if row is None:
        problem = f"a file of {asset_id} has no asset"
        return case.mendable("files", problem, "removes it, as the server does when it starts", remove)
    if row.is_rejected:
        problem = f"a file of {asset_id} is left although its upload was rejected"
        return case.mendable("files", problem, "removes it", remove)
    problem = f"{path} is not the file of asset {asset_id}, which has another one"
    return Finding("files", problem, f"If you do not need it: {shell('rm', path)}")


def _count_files(root: Path) -> int:
    return sum(len(files) for name in (*FOLDERS, artifacts.FOLDER) for _, _, files in os.walk(root / name))
