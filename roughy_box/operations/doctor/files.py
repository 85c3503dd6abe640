"""Rows against files: every row has the file it should have, and nothing waits that should have gone on."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from roughy_box.config.values import format_duration, format_size
from roughy_box.domain.asset import State
from roughy_box.domain.ids import is_id
from roughy_box.operations.doctor import repairs, rows
from roughy_box.operations.doctor.findings import LEFT_BEHIND, RESTORE, Case, Finding, copy_back, shell, status
from roughy_box.operations.doctor.rows import Row
from roughy_box.storage.inspection import Inspection

HANDED_OVER = 300  # seconds a whole upload may wait, with a server that looks every five
STUCK = 86_400  # seconds an asset may wait for a server that prepares others

_SEE_LOG = "See the server's log for this id and restart the server; delete the asset if that does not help."


def check_files(case: Case, database: Inspection) -> Iterator[Finding]:
    """Look at the file of every row."""
    to_come = 0
    for row in rows.every(database):
        if not _is_nameable(row):
            case.is_sound = False
            yield Finding("files", f"asset {row.seq} has an id or an extension that no file can have", RESTORE)
            continue
        if row.state == State.PENDING_UPLOAD:
            to_come += max(0, row.declared_size - case.blobs.received(row.id))
        if _judge(case, row):
            # A server moves rows and files while we read; what is still wrong at a second look is wrong.
            again = rows.some(database, [row.id]).get(row.id)
            if again and (finding := _judge(case, again)):
                yield finding
    free = case.facts.get("free_bytes")
    if free is not None and to_come > free:
        problem = f"open uploads still bring {format_size(to_come)}, but only {format_size(free)} are free"
        yield Finding("disk", problem, f"Free some space (see '{shell('df', '-h', case.root)}'), or delete assets.")


def _is_nameable(row: Row) -> bool:
    """Whether the names made of it stay within the data folder."""
    return is_id(row.id) and is_id(row.project_id) and (row.extension is None or row.extension.isalnum())


def _judge(case: Case, row: Row) -> Finding | None:
    if row.is_published:
        return _judge_published(case, row)
    if row.state == State.PROCESSING:
        return _judge_processing(case, row)
    if row.state == State.PENDING_UPLOAD:
        return _judge_open(case, row)
    return None


def _judge_published(case: Case, row: Row) -> Finding | None:
    extension = str(row.extension)
    path = case.blobs.media(row.project_id, row.id, extension)
    found = status(path, follow_symlinks=False)
    if found:
        return _wrong_file(row, path, found)
    elsewhere = _find(case, row)
    there = status(elsewhere, follow_symlinks=False)
    if there and there.st_size == row.size_bytes:
        problem = f"the file of asset {row.id} is at {elsewhere} instead of {path}"
        move = partial(repairs.publish, case.blobs, row.project_id, row.id, extension)
        return case.mendable("files", problem, "moves it there", move)
    return _wrong_file(row, path, None)


def _judge_processing(case: Case, row: Row) -> Finding | None:
    path = _find(case, row)
    found = status(path, follow_symlinks=False)
    if fault := _wrong_file(row, path, found):
        return fault
    assert found
    waited = time.time() - found.st_mtime
    if waited < (STUCK if case.is_served else LEFT_BEHIND):
        return None
    problem = f"asset {row.id} has waited {format_duration(waited // 60 * 60)} for its preparation"
    return Finding("stuck", problem, _SEE_LOG if case.is_served else _start_server("prepares it"))


def _judge_open(case: Case, row: Row) -> Finding | None:
    path = case.blobs.incoming(row.id)
    found = status(path, follow_symlinks=False)
    if found is None:
        return None
    if not stat.S_ISREG(found.st_mode):
        return _no_file(path)
    if found.st_size > row.declared_size:
        problem = f"upload {row.id} has {found.st_size} bytes, more than the {row.declared_size} announced"
        cut = partial(repairs.truncate, path, row.declared_size)
        return case.mendable("uploads", problem, "cuts it to that, as the server does when it starts", cut)
    is_left = not case.is_served or found.st_mtime < time.time() - HANDED_OVER
    if found.st_size == row.declared_size and is_left:
        problem = f"upload {row.id} is whole but was not handed over to preparation"
        return Finding("stuck", problem, _SEE_LOG if case.is_served else _start_server("hands it over"))
    return None


def _wrong_file(row: Row, path: Path, found: os.stat_result | None) -> Finding | None:
    if found and not stat.S_ISREG(found.st_mode):
        return _no_file(path)
    if found and found.st_size == row.size_bytes:
        return None
    what = f"a file of {found.st_size}" if found else "no file"
    problem = f"asset {row.id} should have {row.size_bytes} bytes but has {what}"
    return Finding("files", problem, copy_back(path, row.id))


def _no_file(path: Path) -> Finding:
    put = shell("cp", "--remove-destination", os.path.realpath(path), path)
    return Finding("files", f"{path} is a link or otherwise no plain file", f"Put the file itself there: {put}")


def _start_server(what: str) -> str:
    return f"Start the server ('roughy-box serve'); it {what}."


def _find(case: Case, row: Row) -> Path:
    try:
        return case.blobs.find(row.project_id, row.id)
    except FileNotFoundError:
        return case.blobs.incoming(row.id)
