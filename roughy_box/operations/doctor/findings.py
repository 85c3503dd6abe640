"""The parts that the checks share: their context, findings that can be repaired, and the words of remedies."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roughy_box.config.options import Config
from roughy_box.domain.findings import Finding
from roughy_box.storage.blobs import Blobs

RESTORE = "Restore the last good backup into a new folder: roughy-box restore BACKUP --data-dir FOLDER"
FOLDERS = ("incoming", "media")
LEFT_BEHIND = 3600  # seconds after which no process is still working on a file


@dataclass(frozen=True, slots=True)
class Repairable(Finding):
    """A finding that ``--repair`` fixes without losing anything.

    ``repair`` does it and returns what it did; ``None`` if another repair did it already.
    """

    repair: Callable[[], str | None] = field(compare=False, repr=False)
    while_served: bool = field(default=False, compare=False, repr=False)


@dataclass
class Context:
    """The box under examination, and what is reported in addition to findings."""

    config: Config
    is_served: bool
    is_sound: bool = False  # the rows are reliable enough to delete files that they do not know
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = self.config.storage.data_dir
        self.blobs = Blobs(self.root)

    def repairable(self, check: str, problem: str, what: str, repair: Callable[[], str]) -> Repairable:
        """Return a finding that ``--repair`` fixes while no server runs; ``what`` says how, after "which"."""
        first = "Stop the server, then run" if self.is_served else "Run"
        return Repairable(check, problem, f"{first} 'roughy-box doctor --repair', which {what}.", repair)


def copy_back(path: Path, asset_id: str) -> str:
    """Return the remedy for bytes that are lost."""
    return f"Copy {path} back from a backup, or delete the asset: DELETE /v1/assets/{asset_id}."


def status(path: Path, *, follow_symlinks: bool = True) -> os.stat_result | None:
    """Return the status of a file; ``None`` if it does not exist, or not any more."""
    try:
        return os.stat(path, follow_symlinks=follow_symlinks)
    except FileNotFoundError:
        return None


def is_left(context: Context, path: Path) -> bool:
    """Return whether a file is there that no server is working on."""
    found = status(path, follow_symlinks=False)
    return found is not None and (not context.is_served or found.st_mtime < time.time() - LEFT_BEHIND)


def shell(*words: object) -> str:
    """Return a command line that can be copied into a terminal."""
    return shlex.join(map(str, words))
