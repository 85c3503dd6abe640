"""Compares a backup with its manifest: by sizes, or by reading every byte."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from roughy_box.base.progress import Progress
from roughy_box.domain.errors import SetupError
from roughy_box.operations.backup import manifest
from roughy_box.operations.backup.destination import LOCK, lock
from roughy_box.operations.backup.manifest import CONFIGURATION, DATABASE, Entry, Manifest, Problem
from roughy_box.services.checksums import sha256_of
from roughy_box.storage.folder import MARKER

NAMED = 3  # damaged files that fit into one sentence


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state of a backup, its damaged files, and the path of the settings of its box."""

    state: Manifest
    damaged: list[Problem]
    configuration: Path | None


def check(source: Path, progress: Progress) -> Outcome:
    """Read the whole backup at ``source`` and compare it with its manifest. Errors: :class:`SetupError`."""
    with held(source, f"{source} cannot be checked") as state:
        progress.expect(state.size)
        damaged = [problem for entry in state.files if (problem := fault_of(source, entry, progress))]
        return outcome_of(source, state, damaged)


@contextmanager
def held(source: Path, failing: str, hint: str = "") -> Iterator[Manifest]:
    """Hold the state of the backup at ``source``, so that no run replaces it.

    Errors: :class:`SetupError`; one of a disk begins with ``failing`` and ends with ``hint``.
    """
    try:
        with lock(source, fcntl.LOCK_SH) if (source / LOCK).exists() else nullcontext():
            state = manifest.read(source)
            if state is None:
                raise SetupError(f"There is no finished backup in {source}: {manifest.NAME} is missing.")
            yield state
    except OSError as error:
        raise SetupError(f"{failing}: {error.strerror or error}.{hint}") from None


def check_complete(source: Path, state: Manifest, *, media_too: bool) -> None:
    """Refuse a backup without its database or marker; ``media_too``: or with any file truncated or missing.

    Errors: :class:`SetupError`.
    """
    for path in (DATABASE, MARKER):
        entry = state.entry(path)
        problem = fault_of(source, entry, Progress()) if entry else Problem(path, "is missing")
        if problem:
            raise SetupError(f"{path} in {source} {problem.problem}. Restore another backup.")
    if media_too:
        refuse(source, state, [problem for entry in state.files if (problem := size_fault_of(source, entry))])


def refuse(source: Path, state: Manifest, damaged: list[Problem]) -> None:
    """Refuse a backup with damaged files, and name them. Errors: :class:`SetupError`."""
    if not damaged:
        return
    named = "; ".join(f"{problem.path} {problem.problem}" for problem in damaged[:NAMED])
    more = f"; and {len(damaged) - NAMED} more" if len(damaged) > NAMED else ""
    raise SetupError(
        f"{len(damaged)} of the {len(state.files)} files in {source} are damaged: {named}{more}. "
        "Restore another backup, or everything else of this one with --keep-going. --check shows the whole list."
    )


def size_fault_of(source: Path, entry: Entry) -> Problem | None:
    """Return what is wrong with a file, as far as can be seen without reading it."""
    try:
        return difference(entry, (source / entry.stored).stat().st_size, entry.sha256)
    except OSError as error:
        return Problem(entry.path, f"cannot be read: {error.strerror}")


def fault_of(source: Path, entry: Entry, progress: Progress) -> Problem | None:
    """Return what is wrong with a file, its bytes included."""
    if problem := size_fault_of(source, entry):
        progress.advance(entry.size)
        return problem
    try:
        return difference(entry, entry.size, sha256_of(source / entry.stored, progress))
    except OSError as error:
        return Problem(entry.path, f"cannot be read: {error.strerror}")


def difference(entry: Entry, size: int, sha256: str) -> Problem | None:
    """Return how a file differs from what was saved."""
    if size != entry.size:
        return Problem(entry.path, f"has {size} bytes instead of {entry.size}")
    return None if sha256 == entry.sha256 else Problem(entry.path, "has changed since it was saved")


def outcome_of(source: Path, state: Manifest, damaged: list[Problem]) -> Outcome:
    """Return the outcome for a backup at ``source``."""
    settings = state.entry(CONFIGURATION)
    return Outcome(state, damaged, source / settings.stored if settings else None)
