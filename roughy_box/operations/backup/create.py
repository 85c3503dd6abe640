"""One run of a backup, while the box serves or not: the database first, then the files of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from roughy_box import __version__
from roughy_box.base import clock
from roughy_box.base.progress import Progress
from roughy_box.operations.backup import manifest, rows
from roughy_box.operations.backup.asset_files import AssetFiles
from roughy_box.operations.backup.destination import STATE, Destination, claimed
from roughy_box.operations.backup.manifest import CONFIGURATION, DATABASE, SECRET, Entry, Manifest
from roughy_box.operations.backup.render_files import RenderCopies
from roughy_box.operations.backup.store import Counts, Store
from roughy_box.services.checksums import sha256_of
from roughy_box.storage import snapshot
from roughy_box.storage.folder import MARKER, Folder

PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run; ``removed`` counts files that no longer belong to the backup."""

    state: Manifest
    counts: Counts
    removed: int

    def facts(self) -> dict[str, Any]:
        """Return all of it for programs."""
        state = {
            "box": self.state.box,
            "created_at": self.state.created_at,
            "files": len(self.state.files),
            "bytes": self.state.size,
        }
        return state | asdict(self.counts) | {"removed": self.removed}


def back_up(
    folder: Folder,
    configuration: Path | None,
    root: Path,
    *,
    copies: bool,
    progress: Progress,
    with_renders: bool = True,
) -> Result:
    """Bring the backup at ``root`` to the present state of the box, adding only what it lacks.

    ``copies``: never hard-link media. Without renders, a restored box makes them again.
    Errors: :class:`SetupError`; the previous state is untouched then.
    """
    with claimed(root, folder) as destination:
        before = manifest.read(destination.root)
        number = before.run + 1 if before else 1
        known = {entry.path: entry for entry in before.files} if before else {}
        created_at = clock.iso(clock.now())
        place = f"{STATE}/{number}/{DATABASE}"
        copy = destination.place(place)
        snapshot.take(folder.database, copy)
        store = Store(destination, known, number, copies=copies, progress=progress)
        entries = [
            *AssetFiles(folder, store).store(copy),
            *_renders(folder, store, copy, with_renders),
            *_small_files(folder, configuration, destination, number),
            Entry(DATABASE, place, copy.stat().st_size, sha256_of(copy), PRIVATE, copy.stat().st_mtime_ns),
        ]
        box, schema = snapshot.identity(copy)
        state = Manifest(box, __version__, schema, created_at, number, tuple(entries))
        destination.make_durable()
        state.write(destination.root)
        return Result(state, store.counts, destination.clean(state))


def _renders(folder: Folder, store: Store, copy: Path, with_renders: bool) -> list[Entry]:
    if with_renders:
        return RenderCopies(folder, store).store(copy)
    rows.make_all_again(copy)
    return []


def _small_files(folder: Folder, configuration: Path | None, destination: Destination, number: int) -> Iterator[Entry]:
    """Copy the files that make the database a box, and the settings, which may be recorded nowhere else."""
    sources = {MARKER: folder.root / MARKER, SECRET: folder.root / SECRET}
    if configuration and configuration.is_file():
        sources[CONFIGURATION] = configuration
    for path, source in sources.items():
        stored = f"{STATE}/{number}/{path}"
        yield destination.copy_in(source, source.stat(), path, stored, PRIVATE)
