"""Renders: every file that a completed row promises is there, and every file has a row."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from roughy_box.domain.findings import Finding
from roughy_box.operations.asset_rows import PAGE
from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.database import WITH_RENDERS
from roughy_box.operations.doctor.findings import Context, Repairable, is_left
from roughy_box.operations.doctor.strays import SECOND_LOOK
from roughy_box.storage import renders
from roughy_box.storage.inspection import Inspection
from roughy_box.storage.renders import RenderFiles

_REMEDY = "Run 'roughy-box doctor --repair', which has it made again, or delete the render."
_COMPLETED = f"""SELECT seq, id, asset_id, format, size_bytes FROM render
                 WHERE state = 'completed' AND seq > ? ORDER BY seq LIMIT {PAGE}"""
_STILL = "SELECT 1 FROM render WHERE id = ? AND size_bytes = ?"


def check_renders(context: Context, database: Inspection) -> Iterator[Finding]:
    """Compare rows with files, and files with rows."""
    if database.schema < WITH_RENDERS:
        return
    files = RenderFiles(context.root)
    yield from _check_rows(context, database, files)
    yield from _check_strays(context, database, files)


def _check_rows(context: Context, database: Inspection, files: RenderFiles) -> Iterator[Finding]:
    last = -1
    while page := list(database.rows(_COMPLETED, [last])):
        for _, render_id, asset_id, format, size in page:
            found = files.size(asset_id, render_id, format)
            # A server deletes the row first and the file a moment later.
            if found != size and list(database.rows(_STILL, [render_id, size])):
                fault = "is missing" if found is None else f"has {found} bytes instead of {size}"
                repair = partial(repairs.render_again, context.config, render_id)
                problem = f"the file of render {render_id} {fault}"
                yield Repairable("renders", problem, _REMEDY, repair, while_served=True)
        last = page[-1][0]


def _check_strays(context: Context, database: Inspection, files: RenderFiles) -> Iterator[Finding]:
    suspects: list[tuple[str, Path]] = []
    stored, ours = files.stored(), 0
    while page := list(islice(stored, PAGE)):
        ours += len(page)
        suspects += _without_row(context, database, page)
    context.facts["foreign_files"] = context.facts.get("foreign_files", 0) + _count_files(context.root) - ours
    if suspects and context.is_served:
        time.sleep(SECOND_LOOK)
    for start in range(0, len(suspects), PAGE):
        for render_id, path in _without_row(context, database, suspects[start : start + PAGE]):
            problem = f"a file is left of render {render_id}, which does not exist"
            remove = partial(repairs.remove, path)
            yield context.repairable("renders", problem, "removes it, as the server does when it starts", remove)


def _without_row(context: Context, database: Inspection, page: Sequence[tuple[str, Path]]) -> list[tuple[str, Path]]:
    query = f"SELECT id FROM render WHERE id IN ({', '.join('?' * len(page))})"
    known = {render_id for (render_id,) in database.rows(query, [render_id for render_id, _ in page])}
    return [(render_id, path) for render_id, path in page if render_id not in known and is_left(context, path)]


def _count_files(root: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(root / renders.FOLDER))
