"""Checks of rows against files: each row has the file it should have, down to its bytes, and none is stuck."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from roughy_box.base.progress import Progress
from roughy_box.config.values import format_duration, format_size
from roughy_box.domain.asset import State
from roughy_box.domain.findings import Finding
from roughy_box.domain.ids import is_id
from roughy_box.operations import asset_rows
from roughy_box.operations.asset_rows import AssetRow
from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.findings import LEFT_BEHIND, RESTORE, Context, copy_back, shell, status
from roughy_box.services.checksums import sha256_of
from roughy_box.storage import invariants
from roughy_box.storage.inspection import Inspection

WITH_CHECKSUM = 2  # the schema that brought checksums
COMPLETION = 300  # seconds a complete upload may wait for a server that looks every five
STUCK = 86_400  # seconds an asset may wait for a server that prepares others

_SEE_LOG = "See the server's log for this id and restart the server; delete the asset if that does not help."
_START_SERVER = "Start the server ('roughy-box serve'); it prepares the asset."


def check_files(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check the file of every row."""
    to_come = 0
    for row in asset_rows.read_all(database):
        if not _is_nameable(row):
            context.is_sound = False
            yield Finding("files", f"asset {row.seq} has an id or an extension that no file can have", RESTORE)
            continue
        if row.is_open:
            to_come += max(0, row.declared_size - context.blobs.received(row.id))
        if _judge(context, row):
            # A server moves rows and files while we read; what is still wrong at a second look is wrong.
            again = asset_rows.read_some(database, [row.id]).get(row.id)
            if again and (finding := _judge(context, again)):
                yield finding
    free = context.facts.get("free_bytes")
    if free is not None and to_come > free:
        problem = f"open uploads still need {format_size(to_come)}, but only {format_size(free)} are free"
        yield Finding("disk", problem, f"Free some space (see '{shell('df', '-h', context.root)}'), or delete assets.")


def check_contents(context: Context, database: Inspection, progress: Progress) -> Iterator[Finding]:
    """Compare the bytes of every file that has a checksum with it."""
    if database.schema < WITH_CHECKSUM:
        return
    ((total,),) = database.rows(invariants.CHECKSUM_BYTES)
    progress.expect(total)
    for row in asset_rows.read_with_checksum(database):
        path = context.blobs.media(row.project_id, row.id, str(row.extension))
        if problem := _compare(path, row.sha256, progress):
            yield Finding("contents", f"the file of asset {row.id} {problem}", copy_back(path, row.id))


def count_without_checksum(context: Context, database: Inspection) -> Iterator[Finding]:
    """Count the assets that have no checksum yet, for the facts; finds nothing."""
    if database.schema >= WITH_CHECKSUM:
        ((context.facts["without_checksum"],),) = database.rows(invariants.WITHOUT_CHECKSUM)
    yield from ()


def _compare(path: Path, expected: str | None, progress: Progress) -> str | None:
    try:
        found = sha256_of(path, progress)
    except FileNotFoundError:
        return None  # a finding of check_files, or deleted meanwhile
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if found == expected else "has changed since it was prepared"


def _is_nameable(row: AssetRow) -> bool:
    """Return whether names made of the row stay within the data folder."""
    return is_id(row.id) and is_id(row.project_id) and (row.extension is None or row.extension.isalnum())


def _judge(context: Context, row: AssetRow) -> Finding | None:
    if row.is_published:
        return _judge_published(context, row)
    if row.state == State.PROCESSING:
        return _judge_processing(context, row)
    if row.is_open:
        return _judge_open(context, row)
    return None


def _judge_published(context: Context, row: AssetRow) -> Finding | None:
    extension = str(row.extension)
    path = context.blobs.media(row.project_id, row.id, extension)
    found = status(path, follow_symlinks=False)
    if found:
        return _wrong_file(row, path, found)
    elsewhere = _find(context, row)
    there = status(elsewhere, follow_symlinks=False)
    if there and there.st_size == row.size_bytes:
        problem = f"the file of asset {row.id} is at {elsewhere} instead of {path}"
        move = partial(repairs.publish, context.blobs, row.project_id, row.id, extension)
        return context.repairable("files", problem, "moves it there", move)
    return _wrong_file(row, path, None)


def _judge_processing(context: Context, row: AssetRow) -> Finding | None:
    path = _find(context, row)
    found = status(path, follow_symlinks=False)
    if fault := _wrong_file(row, path, found):
        return fault
    assert found
    waited = time.time() - found.st_mtime
    if waited < (STUCK if context.is_served else LEFT_BEHIND):
        return None
    problem = f"asset {row.id} has waited {format_duration(waited // 60 * 60)} for its preparation"
    return Finding("stuck", problem, _SEE_LOG if context.is_served else _START_SERVER)


def _judge_open(context: Context, row: AssetRow) -> Finding | None:
    path = context.blobs.incoming(row.id)
    found = status(path, follow_symlinks=False)
    if found is None:
        return None
    if not stat.S_ISREG(found.st_mode):
        return _not_regular(path)
    if found.st_size > row.declared_size:
        problem = f"upload {row.id} has {found.st_size} bytes, more than the {row.declared_size} declared"
        cut = partial(repairs.truncate, path, row.declared_size)
        return context.repairable("uploads", problem, "cuts it to that, as the server does when it starts", cut)
    is_left = not context.is_served or found.st_mtime < time.time() - COMPLETION
    if found.st_size == row.declared_size and is_left:
        problem = f"upload {row.id} is complete but was not passed on to preparation"
        return Finding("stuck", problem, _SEE_LOG if context.is_served else _START_SERVER)
    return None


def _wrong_file(row: AssetRow, path: Path, found: os.stat_result | None) -> Finding | None:
    if found and not stat.S_ISREG(found.st_mode):
        return _not_regular(path)
    if found and found.st_size == row.size_bytes:
        return None
    what = f"a file of {found.st_size}" if found else "no file"
    problem = f"asset {row.id} should have {row.size_bytes} bytes but has {what}"
    return Finding("files", problem, copy_back(path, row.id))


def _not_regular(path: Path) -> Finding:
    put = shell("cp", "--remove-destination", os.path.realpath(path), path)
    return Finding("files", f"{path} is a link or not a regular file", f"Put the file itself there: {put}")


def _find(context: Context, row: AssetRow) -> Path:
    try:
        return context.blobs.find(row.project_id, row.id)
    except FileNotFoundError:
        return context.blobs.incoming(row.id)
