"""What the checks give: findings, and how some of them can be mended."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roughy_box.config.options import Config
from roughy_box.storage.blobs import Blobs

RESTORE = "Restore the last good backup into a new folder: roughy-box restore BACKUP --data-dir FOLDER"
FOLDERS = ("incoming", "media")
LEFT_BEHIND = 3600  # seconds after which nobody is still at work on a file


@dataclass(frozen=True, slots=True)
class Mend:
    """How a fault can be mended without losing anything.

    ``act`` does it and says what it did; nothing if another repair did it already.
    """

    act: Callable[[], str | None]
    beside_server: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, and the command that mends it."""

    check: str
    problem: str
    remedy: str
    mend: Mend | None = field(default=None, compare=False, repr=False)


@dataclass
class Case:
    """What is examined, and what is told besides findings."""

    config: Config
    is_served: bool
    is_sound: bool = False  # whether the rows can be trusted so far that what they do not know may be deleted
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = self.config.storage.data_dir
        self.blobs = Blobs(self.root)

    def mendable(self, check: str, problem: str, what: str, act: Callable[[], str]) -> Finding:
        """A finding that ``--repair`` mends while no server runs; ``what`` says how, after "which"."""
        first = "Stop the server, then run" if self.is_served else "Run"
        return Finding(check, problem, f"{first} 'roughy-box doctor --repair', which {what}.", Mend(act))


def copy_back(path: Path, asset_id: str) -> str:
    """The remedy for bytes that are lost."""
    return f"Copy {path} back from a backup, or delete the asset: DELETE /v1/assets/{asset_id}."


def status(path: Path, *, follow_symlinks: bool = True) -> os.stat_result | None:
    """What the system knows of a file; ``None`` if it is not there (any more)."""
    try:
        return os.stat(path, follow_symlinks=follow_symlinks)
    except FileNotFoundError:
        return None


def shell(*words: object) -> str:
    """A command line that can be copied into a terminal."""
    return shlex.join(map(str, words))
