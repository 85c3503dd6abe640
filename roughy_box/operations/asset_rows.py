"""Rows of assets as backups and the doctor read them, without the models, from databases that may be damaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roughy_box.domain.asset import State
from roughy_box.storage.inspection import Inspection

PAGE = 500  # rows read at once, so that memory stays flat
COLUMNS = "seq, id, project_id, state, extension, declared_size, size_bytes"


@dataclass(frozen=True, slots=True)
class AssetRow:
    """The facts of a row about its file: sizes in bytes; ``sha256`` only where it was asked for."""

    seq: int
    id: str
    project_id: str
    state: str
    extension: str | None
    declared_size: int
    size_bytes: int | None
    sha256: str | None = None

    @property
    def is_open(self) -> bool:
        """Return whether its bytes are still being uploaded."""
        return self.state == State.PENDING_UPLOAD

    @property
    def is_published(self) -> bool:
        """Return whether its file belongs among the media: its preparation has ended, with whatever outcome."""
        finished = self.state in (State.READY, State.PENDING_PAYMENT, State.FAILED)
        return finished and self.size_bytes is not None

    @property
    def is_rejected(self) -> bool:
        """Return whether it should have no file, because its first chunk was not media."""
        return self.state == State.FAILED and self.size_bytes is None


def read_all(database: Inspection) -> Iterator[AssetRow]:
    """Yield all rows, oldest first."""
    yield from _pages(database, COLUMNS)


def read_with_checksum(database: Inspection) -> Iterator[AssetRow]:
    """Yield the rows that have a checksum, with it, oldest first."""
    yield from _pages(database, f"{COLUMNS}, sha256", "sha256 IS NOT NULL")


def read_some(database: Inspection, asset_ids: Sequence[str]) -> dict[str, AssetRow]:
    """Return those rows of a page of ids that exist, by id."""
    query = f"SELECT {COLUMNS} FROM asset WHERE id IN ({', '.join('?' * len(asset_ids))})"
    return {row.id: row for row in (AssetRow(*values) for values in database.rows(query, asset_ids))}


def _pages(database: Inspection, columns: str, condition: str = "true") -> Iterator[AssetRow]:
    # A short query for each page: a long one would hold up the server's write-ahead log.
    query = f"SELECT {columns} FROM asset WHERE {condition} AND seq > ? ORDER BY seq LIMIT {PAGE}"
    last = -1
    while page := [AssetRow(*values) for values in database.rows(query, [last])]:
        yield from page
        last = page[-1].seq
