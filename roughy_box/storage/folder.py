"""The data folder: its marker, its secret, its lock.

``box.json`` names the box of the folder. The database holds the same id, so that an unmounted disk
or a mixed-up folder is noticed before anything is written.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from roughy_box.base import clock
from roughy_box.base.files import give_to_owner, make_folder, write_private
from roughy_box.domain.errors import SetupError
from roughy_box.storage.migrate import is_outdated, migrate
from roughy_box.storage.models import new_id
from roughy_box.storage.volume import check_local

MARKER = "box.json"
LOCK = "serve.lock"
MODELS = "models"  # of recognizers; can be had again, so backups leave them out
SECRET_SIZE = 32  # bytes


@dataclass(frozen=True, slots=True)
class Folder:
    """An opened data folder."""

    root: Path
    box_id: str

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "box.db"

    def read_secret(self) -> bytes:
        """Return the key that signs file URLs; a new secret invalidates all earlier URLs."""
        return (self.root / "secret").read_bytes()


def is_box(root: Path) -> bool:
    """Return whether ``root`` has the marker of a data folder."""
    return (root / MARKER).is_file()


def read_marker(root: Path) -> str:
    """Return the id of the box at ``root``. Errors: ``OSError``, ``ValueError`` for a damaged marker."""
    content = json.loads((root / MARKER).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("box"), str):
        raise ValueError("not a marker")
    return str(content["box"])


def create(root: Path) -> Folder:
    """Create the data folder of a new box; the marker is written last, when all else is complete.

    Errors: :class:`SetupError` when ``root`` has other files or cannot be written.
    """
    check_local(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        # Files of an interrupted init are ours; any others are not.
        foreign = {entry.name for entry in root.iterdir()} - {"secret", "incoming", "media", *_database_names()}
        if foreign:
            raise SetupError(
                f"{root} already holds other files ({min(foreign)}). Choose an empty or new folder with --data-dir."
            )
        if _was_a_box(root):
            raise SetupError(
                f"{root} holds a box without its marker {MARKER}; nothing was changed. Restore {MARKER} from a "
                "backup (see 'roughy-box doctor'), or choose an empty or new folder with --data-dir."
            )
        for name in ("incoming", "media"):
            make_folder(root / name)
        folder = Folder(root, new_id())
        write_private(root / "secret", secrets.token_bytes(SECRET_SIZE))
        for name in _database_names():
            (root / name).unlink(missing_ok=True)
        _create_database(folder)
        write_private(root / MARKER, json.dumps({"box": folder.box_id, "format": 1}).encode())
    except OSError as error:
        raise _unusable(root, error) from None
    return folder


@contextmanager
def creation_lock(root: Path) -> Iterator[None]:
    """Make the folder and hold a lock on it, so that only one process at a time makes a box there.

    Errors: :class:`SetupError` when it cannot be made or read.
    """
    check_local(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(root, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def open_folder(root: Path) -> Folder:
    """Open the data folder of an existing box and migrate its database.

    Errors: :class:`SetupError` when there is no box, it is damaged, or it cannot be written.
    """
    check_local(root)
    try:
        if not is_box(root):
            advice = (
                f"Restore {MARKER} from a backup; run 'roughy-box doctor' for details."
                if _was_a_box(root)
                else "Run 'roughy-box init', or check that the disk is mounted and storage.data_dir is right."
            )
            raise SetupError(f"No box in {root}: {MARKER} is missing. {advice}")
        folder = Folder(root, read_marker(root))
        if _size(folder.database) == 0 or _size(root / "secret") < SECRET_SIZE:
            raise SetupError(f"The database or the secret of {root} is missing. Restore it from a backup.")
        if not os.access(root, os.W_OK) or not os.access(folder.database, os.W_OK):
            raise SetupError(f"{root} cannot be written by this user. Check its owner and permissions.")
        if is_outdated(folder.database) and is_served(root):
            raise SetupError(
                f"The server running on {root} is older than this program. Stop it first; "
                "the database is migrated to the new version then."
            )
        migrate(folder.database)
        _check_identity(folder)
    except OSError as error:
        raise _unusable(root, error) from None
    except ValueError:
        raise SetupError(f"{root / MARKER} is damaged. Restore it from a backup.") from None
    except sqlite3.Error as error:
        raise SetupError(f"{root / 'box.db'} cannot be opened: {error}. Restore it from a backup.") from None
    return folder


def is_served(root: Path) -> bool:
    """Return whether a server is using the folder; also true if that cannot be determined."""
    try:
        descriptor = os.open(root / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def serving_lock(folder: Folder) -> Iterator[None]:
    """Hold the lock of the server on this folder; the kernel releases it if the process dies.

    Errors: :class:`SetupError` when another server holds it.
    """
    descriptor = os.open(folder.root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        give_to_owner(folder.root / LOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(f"Another server is already running on {folder.root}. Stop it first.") from None
        yield
    finally:
        os.close(descriptor)


def _was_a_box(root: Path) -> bool:
    """Return whether there are accounts or media; an interrupted init has neither."""
    if any(path.is_file() for name in ("incoming", "media") for path in (root / name).rglob("*")):
        return True
    if not _size(root / "box.db"):
        return False
    try:
        with closing(sqlite3.connect(f"{(root / 'box.db').as_uri()}?mode=ro", uri=True)) as database:
            return bool(database.execute("SELECT 1 FROM account LIMIT 1").fetchone())
    except sqlite3.Error:
        return False


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _database_names() -> list[str]:
    return ["box.db", "box.db-wal", "box.db-shm"]


def _create_database(folder: Folder) -> None:
    os.close(os.open(folder.database, os.O_CREAT | os.O_CLOEXEC, 0o600))
    give_to_owner(folder.database)
    migrate(folder.database)
    connection = sqlite3.connect(folder.database)
    with connection:
        connection.execute("INSERT INTO box VALUES (1, ?, ?)", (folder.box_id, clock.now()))
    connection.close()


def _check_identity(folder: Folder) -> None:
    connection = sqlite3.connect(folder.database)
    try:
        row = connection.execute("SELECT id FROM box").fetchone()
    finally:
        connection.close()
    if row is None or row[0] != folder.box_id:
        raise SetupError(f"{folder.root / MARKER} and the database next to it belong to different boxes.")


def _unusable(root: Path, error: OSError) -> SetupError:
    return SetupError(f"{root} cannot be used: {error.strerror or error}.")


@contextmanager
def try_serving_lock(root: Path) -> Iterator[bool]:
    """Keep servers from starting meanwhile; yield False if one is using the folder already."""
    with ExitStack() as stack:
        try:
            stack.enter_context(serving_lock(Folder(root, box_id="")))
        except (SetupError, OSError):
            yield False
        else:
            yield True
