"""Artifacts: every derived file that a row promises is there, as long as it was made."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from roughy_box.domain.findings import Finding
from roughy_box.operations.asset_rows import PAGE
from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.findings import Context, Repairable
from roughy_box.storage.artifacts import KINDS, ArtifactFiles
from roughy_box.storage.inspection import Inspection

SCHEMA = 4  # the first with a table of artifacts

_REMEDY = "Run 'roughy-box doctor --repair', which has it made again."
_READY = f"""SELECT seq, id, asset_id, kind, size_bytes FROM artifact
             WHERE state = 'ready' AND size_bytes IS NOT NULL AND seq > ? ORDER BY seq LIMIT {PAGE}"""
_STILL = "SELECT 1 FROM artifact WHERE id = ? AND state = 'ready' AND size_bytes = ?"


def check_artifacts(context: Context, database: Inspection) -> Iterator[Finding]:
    """Compare rows with files. A folder that is gone altogether was deleted to make room: all is made again."""
    files = ArtifactFiles(context.root)
    if database.schema < SCHEMA or not files.exists():
        return
    last = -1
    while page := list(database.rows(_READY, [last])):
        for _, artifact_id, asset_id, kind, size in page:
            found = files.size(asset_id, KINDS[kind])
            # A server deletes the row first and the file a moment later.
            if found != size and list(database.rows(_STILL, [artifact_id, size])):
                fault = "is missing" if found is None else f"has {found} bytes instead of {size}"
                repair = partial(repairs.make_again, context.config, asset_id, kind)
                problem = f"the {kind} of asset {asset_id} {fault}"
                yield Repairable("artifacts", problem, _REMEDY, repair, while_served=True)
        last = page[-1][0]
