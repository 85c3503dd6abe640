"""What a backup asks of its copy of the database, and the little it changes there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from roughy_box.domain.asset import State
from roughy_box.domain.errors import SetupError
from roughy_box.storage.snapshot import opened, opened_for_reading, sync_file


@dataclass(frozen=True, slots=True)
class AssetRow:
    """An asset that has bytes: sizes in bytes, null while they are not whole."""

    id: str
    project_id: str
    state: State
    extension: str | None
    declared_size: int
    size_bytes: int | None
    sha256: str | None

    @property
    def is_open(self) -> bool:
        """Whether its bytes are still coming."""
        return self.state == State.PENDING_UPLOAD

    @property
    def is_settled(self) -> bool:
        """Whether its file is at its last place, among the media."""
        return self.state in (State.READY, State.PENDING_PAYMENT, State.FAILED)


def assets_with_bytes(copy: Path) -> list[AssetRow]:
    """The assets of a copy that have or may have bytes, in the order they were made."""
    with opened(copy) as connection:
        rows = connection.execute(
            "SELECT id, project_id, state, extension, declared_size, size_bytes, sha256 FROM asset"
            " WHERE size_bytes IS NOT NULL OR state = 'pending_upload' ORDER BY seq"
        )
        return [AssetRow(row[0], row[1], State(row[2]), *row[3:]) for row in rows]


def living(database: Path, asset_ids: Iterable[str]) -> set[str]:
    """Which of these assets are still there, in the database of a box that may be served."""
    try:
        with closing(opened_for_reading(database)) as connection:
            found = (connection.execute("SELECT id FROM asset WHERE id = ?", (each,)).fetchone() for each in asset_ids)
            return {str(row[0]) for row in found if row}
    except sqlite3.Error as error:
        raise SetupError(f"{database} cannot be read: {error}.") from None


def forget_assets(copy: Path, asset_ids: Iterable[str]) -> None:
    """Take assets out of a copy, as if they had been deleted before it was made. The ledger stays."""
    with _changed(copy) as connection:
        connection.executemany("DELETE FROM asset WHERE id = ?", [(each,) for each in asset_ids])


def hand_over(copy: Path, asset_ids: Iterable[str]) -> None:
    """Move uploads that became whole on to preparation, as the server does."""
    with _changed(copy) as connection:
        connection.executemany(
            "UPDATE asset SET state = 'processing', size_bytes = declared_size, expires_at = NULL WHERE id = ?",
            [(each,) for each in asset_ids],
        )


def renew_expiries(copy: Path, until: int) -> None:
    """Let no open upload of a copy expire before the instant ``until``."""
    with _changed(copy) as connection:
        connection.execute("UPDATE asset SET expires_at = max(expires_at, ?) WHERE state = 'pending_upload'", (until,))


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
