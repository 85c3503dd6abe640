"""Queries of a backup on its copy of the database, and the few changes it makes there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from roughy_box.domain.errors import SetupError
from roughy_box.operations.asset_rows import COLUMNS, AssetRow
from roughy_box.storage.renders import SET_LOST
from roughy_box.storage.snapshot import opened, opened_for_reading, sync_file


def assets_with_bytes(copy: Path) -> list[AssetRow]:
    """Return the assets of a copy that have or may have bytes, oldest first."""
    with opened(copy) as connection:
        rows = connection.execute(
            f"SELECT {COLUMNS}, sha256 FROM asset WHERE size_bytes IS NOT NULL OR state = 'pending_upload' ORDER BY seq"
        )
        return [AssetRow(*row) for row in rows]


def existing_ids(database: Path, asset_ids: Iterable[str]) -> set[str]:
    """Return those of the ids whose assets still exist in the database of a box that may be served."""
    return _found(database, "SELECT id FROM asset WHERE id = ?", asset_ids)


def delete_assets(copy: Path, asset_ids: Iterable[str]) -> None:
    """Delete assets from a copy, as if that had happened before it was made. The ledger stays."""
    with _changed(copy) as connection:
        connection.executemany("DELETE FROM asset WHERE id = ?", [(each,) for each in asset_ids])


def complete_uploads(copy: Path, asset_ids: Iterable[str]) -> None:
    """Move complete uploads on to preparation, as the server does."""
    with _changed(copy) as connection:
        connection.executemany(
            "UPDATE asset SET state = 'processing', size_bytes = declared_size, expires_at = NULL WHERE id = ?",
            [(each,) for each in asset_ids],
        )


def renew_expiries(copy: Path, until: int) -> None:
    """Keep the open uploads of a copy from expiring before the instant ``until``."""
    with _changed(copy) as connection:
        connection.execute("UPDATE asset SET expires_at = max(expires_at, ?) WHERE state = 'pending_upload'", (until,))


@dataclass(frozen=True, slots=True)
class RenderRow:
    """The facts of a completed render about its file; its size is in bytes."""

    id: str
    asset_id: str
    format: str
    size_bytes: int


def completed_renders(copy: Path) -> list[RenderRow]:
    """Return the completed renders of a copy, oldest first."""
    with opened(copy) as connection:
        found = connection.execute(
            "SELECT id, asset_id, format, size_bytes FROM render WHERE state = 'completed' ORDER BY seq"
        )
        return [RenderRow(*row) for row in found]


def still_completed(database: Path, render_ids: Iterable[str]) -> set[str]:
    """Return those of the ids whose renders are completed in the database of a box that may be served."""
    return _found(database, "SELECT id FROM render WHERE id = ? AND state = 'completed'", render_ids)


def make_again(copy: Path, render_ids: Iterable[str]) -> None:
    """Have completed renders of a copy made again by the restored box."""
    with _changed(copy) as connection:
        connection.executemany(f"{SET_LOST} AND id = ?", [(each,) for each in render_ids])


def make_all_again(copy: Path) -> None:
    """Have all completed renders of a copy made again by the restored box."""
    with _changed(copy) as connection:
        connection.execute(SET_LOST)


def _found(database: Path, query: str, ids: Iterable[str]) -> set[str]:
    try:
        with closing(opened_for_reading(database)) as connection:
            found = (connection.execute(query, (each,)).fetchone() for each in ids)
            return {str(row[0]) for row in found if row}
    except sqlite3.Error as error:
        raise SetupError(f"{database} cannot be read: {error}.") from None


@contextmanager
def _changed(copy: Path) -> Iterator[sqlite3.Connection]:
    try:
        with opened(copy) as connection:
            connection.execute("PRAGMA foreign_keys = ON")  # what belongs to an asset goes with it
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise SetupError(f"{copy} cannot be changed: {error}.") from None
    sync_file(copy)
