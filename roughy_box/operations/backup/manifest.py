"""The manifest: the files that make up the state of a backup."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from roughy_box.base.files import write_private
from roughy_box.domain.errors import SetupError
from roughy_box.domain.ids import is_id
from roughy_box.storage import renders
from roughy_box.storage.folder import MARKER

NAME = "manifest.json"
FORMAT = 1
DATABASE = "box.db"
SECRET = "secret"
CONFIGURATION = "roughy-box.toml"

_STATE_FOLDER = re.compile(r"^state/[0-9]{1,9}/")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its path in the data folder, its path in the backup, and its facts."""

    path: str
    stored: str
    size: int
    sha256: str
    mode: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, by its path in the box, and what is wrong with it."""

    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One state of a box. ``run`` counts the backups onto the same folder."""

    box: str
    version: str
    schema: int
    created_at: str
    run: int
    files: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(entry.size for entry in self.files)

    def entry(self, path: str) -> Entry | None:
        """Return the entry of a path in the data folder."""
        return next((entry for entry in self.files if entry.path == path), None)

    def write(self, root: Path) -> None:
        """Make this the state of the backup at ``root``, in one durable step."""
        facts = {name: getattr(self, name) for name in ("box", "version", "schema", "created_at", "run")}
        head = "".join(f'  "{name}": {json.dumps(value)},\n' for name, value in {"format": FORMAT, **facts}.items())
        # One file a line, readable for people and their tools.
        files = ",\n".join(f"    {json.dumps(_written(entry))}" for entry in self.files)
        write_private(root / NAME, f'{{\n{head}  "files": [\n{files}\n  ]\n}}\n'.encode())


def read(root: Path) -> Manifest | None:
    """Return the state of the backup at ``root``; ``None`` if there is no manifest.

    Errors: :class:`SetupError` for a manifest that is damaged or of a newer program.
    """
    path = root / NAME
    try:
        content = json.loads(path.read_bytes())
        if content["format"] > FORMAT:
            raise SetupError(f"{root} was made by a newer Roughy Box. Install that version, then try again.")
        return Manifest(
            box=_of(str, content["box"]),
            version=_of(str, content["version"]),
            schema=_of(int, content["schema"]),
            created_at=_of(str, content["created_at"]),
            run=_of(int, content["run"]),
            files=tuple(_entry(each) for each in content["files"]),
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise SetupError(
            f"{path} is damaged. If the box still runs, delete it and run 'roughy-box backup' again: "
            "the media next to it is checked and reused."
        ) from None


def _written(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"mode": f"{entry.mode:04o}"}


def _entry(content: dict[str, Any]) -> Entry:
    entry = Entry(
        path=_of(str, content["path"]),
        stored=_of(str, content["stored"]),
        size=_of(int, content["size"]),
        sha256=_of(str, content["sha256"]),
        mode=int(content["mode"], 8) & 0o777,
        mtime_ns=_of(int, content["mtime_ns"]),
    )
    # A manifest may come from anywhere, and its paths become files.
    if not _is_box_path(entry.path) or _STATE_FOLDER.sub("", entry.stored, count=1) != entry.path:
        raise ValueError(entry.path)
    return entry


def _of(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(value)
    return value


def _is_box_path(path: str) -> bool:
    match path.split("/"):
        case [name]:
            return name in (MARKER, DATABASE, SECRET, CONFIGURATION)
        case ["incoming", name]:
            return is_id(name)
        case ["media", "projects", project, name]:
            stem, _, extension = name.partition(".")
            return is_id(project) and is_id(stem) and extension.isascii() and extension.isalnum()
        case [renders.FOLDER, asset, name]:
            stem, _, format = name.partition(".")
            return is_id(asset) and is_id(stem) and format in renders.CONTENT_TYPES
    return False
