"""The way back: every file is compared with the manifest while it is copied, and the marker comes last.

Files are copied, never linked: with a link the box and its backup would share bytes, and whatever
changes one would change both. An interrupted restore is no box yet; the same command goes on with it.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from roughy_box.base import clock
from roughy_box.base.files import sync_folder, write_private
from roughy_box.base.progress import Progress
from roughy_box.config.values import format_size
from roughy_box.domain.errors import SetupError
from roughy_box.operations.backup import Problem, rows
from roughy_box.operations.backup.manifest import CONFIGURATION, DATABASE, SECRET, Entry, Manifest
from roughy_box.operations.backup.verify import Outcome, check_whole, difference, held, outcome_of, refuse
from roughy_box.services.checksums import sha256_of
from roughy_box.storage import snapshot
from roughy_box.storage.copies import ReadError, copy_file
from roughy_box.storage.folder import MARKER, is_box, open_folder
from roughy_box.storage.migrate import check_known
from roughy_box.storage.volume import space_of

UNFINISHED = "restoring"


def restore(source: Path, root: Path, *, keep_going: bool, idle_expiry: float, progress: Progress) -> Outcome:
    """Make the data folder ``root`` of the backup at ``source``.

    ``keep_going``: do without media that is damaged; what has its size is restored as it is.
    ``idle_expiry``: seconds that the clients of open uploads have to come back.
    Errors: :class:`SetupError`; ``root`` is no box then.
    """
    if source in (root, *root.parents):
        raise SetupError(f"{root} is inside the backup. Give a folder outside of it with --data-dir.")
    failing = f"The restore to {root} could not be finished; when that is mended, the same command goes on"
    with held(source, failing) as state:
        check_known(state.schema, source)
        check_whole(source, state, media_too=not keep_going)
        _claim(root, state)
        progress.expect(state.size)
        damaged = _bring_all(source, root, state, keep_going, progress)
        _finish_database(root, state, clock.now() + int(idle_expiry * clock.SECOND))
        _make_durable(root, state)
        _make_box(source, root, state)
    # Also brings a database of an older program up to date.
    open_folder(root)
    return outcome_of(source, state, damaged)


def _claim(root: Path, state: Manifest) -> None:
    """Take an empty folder with room enough, or one in which a restore of the same state was cut off."""
    mark = f"{state.box} {state.run} {state.created_at}"
    if is_box(root):
        raise SetupError(f"{root} is a box already. Give another folder with --data-dir.")
    root.mkdir(parents=True, exist_ok=True)
    names = {entry.name for entry in root.iterdir()}
    if UNFINISHED in names:
        if (root / UNFINISHED).read_text() != mark:
            raise SetupError(f"{root} holds an unfinished restore of another backup. Delete it, then try again.")
    elif names - {f".{UNFINISHED}.new"}:
        raise SetupError(f"{root} already holds files ({min(names)}). Give an empty or new folder with --data-dir.")
    _check_room(root, state)
    write_private(root / UNFINISHED, mark.encode())


def _check_room(root: Path, state: Manifest) -> None:
    free = space_of(root).free
    needed = sum(entry.size for entry in state.files if not _has(root / entry.path, entry.size))
    if needed > free:
        raise SetupError(f"The backup needs {format_size(needed)}, but only {format_size(free)} are free for {root}.")


def _bring_all(source: Path, root: Path, state: Manifest, keep_going: bool, progress: Progress) -> list[Problem]:
    for folder in (root / "incoming", root / "media"):
        folder.mkdir(exist_ok=True)
    damaged = [problem for entry in _wanted(state) if (problem := _bring(source, root, entry, keep_going, progress))]
    if not keep_going:
        refuse(source, state, damaged)
    if not (root / SECRET).exists():
        # Addresses that were signed with the lost one live for minutes only.
        write_private(root / SECRET, secrets.token_bytes(32))
    return damaged


def _wanted(state: Manifest) -> list[Entry]:
    """What goes into the data folder before it becomes a box."""
    return [entry for entry in state.files if entry.path not in (MARKER, CONFIGURATION)]


def _bring(source: Path, root: Path, entry: Entry, keep_going: bool, progress: Progress) -> Problem | None:
    target = root / entry.path
    if _has(target, entry.size) and sha256_of(target) == entry.sha256:
        progress.advance(entry.size)
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    # How long an upload waits is counted from its last byte: here it begins to wait now.
    mtime_ns = time.time_ns() if entry.path.startswith("incoming/") else entry.mtime_ns
    try:
        content = copy_file(source / entry.stored, target, mode=entry.mode, mtime_ns=mtime_ns, progress=progress)
    except FileNotFoundError:
        return Problem(entry.path, "is missing")
    except ReadError as error:
        return Problem(entry.path, f"cannot be read: {error.strerror}")
    problem = difference(entry, content.size, content.sha256)
    # A film with a flipped bit still plays; a short one would not be what its row says.
    if problem and not (keep_going and content.size == entry.size):
        target.unlink()
    return problem


def _finish_database(root: Path, state: Manifest, until: int) -> None:
    database = root / DATABASE
    snapshot.check(database)
    if snapshot.identity(database) != (state.box, state.schema):
        raise SetupError(f"{database} is not the database its manifest tells of. Restore another backup.")
    # While the box was down nobody could go on; that must not cost anybody an upload.
    rows.renew_expiries(database, until)


def _make_durable(root: Path, state: Manifest) -> None:
    folders = {root, root.parent, root / "incoming", root / "media"}
    for entry in _wanted(state):
        folders.update(folder for folder in (root / entry.path).parents if folder.is_relative_to(root))
    for folder in sorted(folders, reverse=True):
        if folder.is_dir():  # that of a file which is missing in the backup may not have been made
            sync_folder(folder)


def _make_box(source: Path, root: Path, state: Manifest) -> None:
    marker = state.entry(MARKER)
    assert marker
    write_private(root / MARKER, (source / marker.stored).read_bytes())
    (root / UNFINISHED).unlink()


def _has(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
