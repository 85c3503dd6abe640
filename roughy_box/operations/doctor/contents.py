"""The bytes of every asset against the checksum taken when they were whole and good (``--deep``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from roughy_box.base.progress import Progress
from roughy_box.operations.doctor.findings import Case, Finding, copy_back
from roughy_box.operations.doctor.rows import PAGE
from roughy_box.services.checksums import sha256_of
from roughy_box.storage.inspection import Inspection

WITH_CHECKSUM = 2  # the schema that brought them

_UNSEALED = "SELECT count(*) FROM asset WHERE sha256 IS NULL AND state IN ('pending_payment', 'ready')"
_TOTAL = "SELECT coalesce(sum(size_bytes), 0) FROM asset WHERE sha256 IS NOT NULL"
_SEALED = f"""SELECT seq, id, project_id, extension, sha256 FROM asset
              WHERE sha256 IS NOT NULL AND seq > ? ORDER BY seq LIMIT {PAGE}"""


def check_contents(case: Case, database: Inspection, progress: Progress) -> Iterator[Finding]:
    """Read every file that has a checksum."""
    if database.schema < WITH_CHECKSUM:
        return
    ((total,),) = database.rows(_TOTAL)
    progress.expect(total)
    for asset_id, path, expected in _sealed(case, database):
        if problem := _compare(path, expected, progress):
            yield Finding("contents", f"the file of asset {asset_id} {problem}", copy_back(path, asset_id))


def count_unsealed(case: Case, database: Inspection) -> Iterator[Finding]:
    """How many assets have no checksum yet; finds nothing."""
    if database.schema >= WITH_CHECKSUM:
        ((case.facts["without_checksum"],),) = database.rows(_UNSEALED)
    yield from ()


def _sealed(case: Case, database: Inspection) -> Iterator[tuple[str, Path, str]]:
    last = -1
    while page := list(database.rows(_SEALED, [last])):
        for _, asset_id, project_id, extension, checksum in page:
            yield asset_id, case.blobs.media(project_id, asset_id, extension), checksum
        last = page[-1][0]


def _compare(path: Path, expected: str, progress: Progress) -> str | None:
    try:
        found = sha256_of(path, progress)
    except FileNotFoundError:
        return None  # told by its row, or deleted meanwhile
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if found == expected else "is not what it was when it was prepared"
