"""Restores a backup: compares every file with the manifest while copying it, and writes the marker last.

Files are copied, never linked: with a link the box and its backup would share bytes, and whatever
changes one would change both. An interrupted restore is not a box yet; the same command continues it.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from roughy_box.base import clock
from roughy_box.base.files import make_folder, sync_folder, write_private
from roughy_box.base.progress import Progress
from roughy_box.config.values import format_size
from roughy_box.domain.errors import SetupError
from roughy_box.operations.backup import rows
from roughy_box.operations.backup.manifest import CONFIGURATION, DATABASE, SECRET, Entry, Manifest, Problem
from roughy_box.operations.backup.verify import Outcome, check_complete, difference, held, outcome_of, refuse
from roughy_box.services.checksums import sha256_of
from roughy_box.storage import snapshot
from roughy_box.storage.copies import ReadError, copy_file
from roughy_box.storage.folder import MARKER, is_box, open_folder
from roughy_box.storage.migrate import check_known
from roughy_box.storage.volume import space_of

UNFINISHED = "restoring"


def restore(source: Path, root: Path, *, keep_going: bool, idle_expiry: float, progress: Progress) -> Outcome:
    """Restore the backup at ``source`` to the data folder ``root``.

    ``keep_going``: go on without damaged media; a damaged file of the right size is restored as it is.
    ``idle_expiry``: seconds that clients have to continue open uploads.
    Errors: :class:`SetupError`; ``root`` is not a box then.
    """
    if source in (root, *root.parents):
        raise SetupError(f"{root} is inside the backup. Give a folder outside of it with --data-dir.")
    failing, hint = f"The restore to {root} could not be finished", " Fix that and run the command again to continue."
    with held(source, failing, hint) as state:
        check_known(state.schema, source)
        check_complete(source, state, media_too=not keep_going)
        _claim(root, state)
        progress.expect(state.size)
        damaged = _copy_all(source, root, state, keep_going, progress)
        _finish_database(root, state, clock.now() + int(idle_expiry * clock.SECOND))
        _make_durable(root, state)
        _make_box(source, root, state)
    # Also upgrades a database of an older program.
    open_folder(root)
    return outcome_of(source, state, damaged)


def _claim(root: Path, state: Manifest) -> None:
    """Claim an empty folder with enough space, or one with an interrupted restore of the same state."""
    mark = f"{state.box} {state.run} {state.created_at}"
    if is_box(root):
        raise SetupError(f"{root} is a box already. Give another folder with --data-dir.")
    make_folder(root)
    names = {entry.name for entry in root.iterdir()}
    if UNFINISHED in names:
        if (root / UNFINISHED).read_text() != mark:
            raise SetupError(f"{root} holds an unfinished restore of another backup. Delete it, then try again.")
    elif names - {f".{UNFINISHED}.new"}:
        raise SetupError(f"{root} already holds files ({min(names)}). Give an empty or new folder with --data-dir.")
    _check_space(root, state)
    write_private(root / UNFINISHED, mark.encode())


def _check_space(root: Path, state: Manifest) -> None:
    free = space_of(root).free
    needed = sum(entry.size for entry in state.files if not _has(root / entry.path, entry.size))
    if needed > free:
        raise SetupError(f"The backup needs {format_size(needed)}, but only {format_size(free)} are free for {root}.")


def _copy_all(source: Path, root: Path, state: Manifest, keep_going: bool, progress: Progress) -> list[Problem]:
    for folder in (root / "incoming", root / "media"):
        make_folder(folder)
    damaged = [problem for entry in _wanted(state) if (problem := _copy(source, root, entry, keep_going, progress))]
    if not keep_going:
        refuse(source, state, damaged)
    if not (root / SECRET).exists():
        # URLs signed with the lost one are valid for minutes only.
        write_private(root / SECRET, secrets.token_bytes(32))
    return damaged


def _wanted(state: Manifest) -> list[Entry]:
    """Return the files that the data folder needs before it becomes a box."""
    return [entry for entry in state.files if entry.path not in (MARKER, CONFIGURATION)]


def _copy(source: Path, root: Path, entry: Entry, keep_going: bool, progress: Progress) -> Problem | None:
    target = root / entry.path
    if _has(target, entry.size) and sha256_of(target) == entry.sha256:
        progress.advance(entry.size)
        return None
    make_folder(target.parent)
    # The idle time of an upload counts from its last byte: here it starts now.
    mtime_ns = time.time_ns() if entry.path.startswith("incoming/") else entry.mtime_ns
    try:
        content = copy_file(source / entry.stored, target, mode=entry.mode, mtime_ns=mtime_ns, progress=progress)
    except FileNotFoundError:
        return Problem(entry.path, "is missing")
    except ReadError as error:
        return Problem(entry.path, f"cannot be read: {error.strerror}")
    problem = difference(entry, content.size, content.sha256)
    # A film with a flipped bit still plays; a short one would not match its row.
    if problem and not (keep_going and content.size == entry.size):
        target.unlink()
    return problem


def _finish_database(root: Path, state: Manifest, until: int) -> None:
    database = root / DATABASE
    snapshot.check(database)
    if snapshot.identity(database) != (state.box, state.schema):
        raise SetupError(f"{database} is not the database that its manifest describes. Restore another backup.")
    # Clients could not continue while the box was down; that must not cost an upload.
    rows.renew_expiries(database, until)


def _make_durable(root: Path, state: Manifest) -> None:
    folders = {root, root.parent, root / "incoming", root / "media"}
    for entry in _wanted(state):
        folders.update(folder for folder in (root / entry.path).parents if folder.is_relative_to(root))
    for folder in sorted(folders, reverse=True):
        if folder.is_dir():  # the folder of a file missing in the backup may not exist
            sync_folder(folder)


def _make_box(source: Path, root: Path, state: Manifest) -> None:
    marker = state.entry(MARKER)
    assert marker
    write_private(root / MARKER, (source / marker.stored).read_bytes())
    (root / UNFINISHED).unlink()


def _has(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
