"""Rows of assets as the file checks read them: a page at a time, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roughy_box.domain.asset import State
from roughy_box.storage.inspection import Inspection

PAGE = 500

_COLUMNS = "seq, id, project_id, state, declared_size, size_bytes, extension"


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says about its file."""

    seq: int
    id: str
    project_id: str
    state: str
    declared_size: int
    size_bytes: int | None
    extension: str | None

    @property
    def is_published(self) -> bool:
        """Whether its file should be among the media: it went through preparation, with whatever outcome."""
        finished = self.state in (State.READY, State.PENDING_PAYMENT, State.FAILED)
        return finished and self.size_bytes is not None

    @property
    def is_rejected(self) -> bool:
        """Whether it should have no file: its first chunk was no media."""
        return self.state == State.FAILED and self.size_bytes is None


def every(database: Inspection) -> Iterator[Row]:
    """All rows in their order. A short query for each page: a long one would hold up the server's log."""
    last = -1
    query = f"SELECT {_COLUMNS} FROM asset WHERE seq > ? ORDER BY seq LIMIT {PAGE}"
    while page := [Row(*values) for values in database.rows(query, [last])]:
        yield from page
        last = page[-1].seq


def some(database: Inspection, asset_ids: Sequence[str]) -> dict[str, Row]:
    """The rows that exist of a page of ids."""
    query = f"SELECT {_COLUMNS} FROM asset WHERE id IN ({', '.join('?' * len(asset_ids))})"
    return {row.id: row for row in (Row(*values) for values in database.rows(query, asset_ids))}
