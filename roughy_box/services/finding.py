"""Finding the rows that wait for a kind of work, as its jobs."""

from __future__ import annotations

from collections.abc import Collection

from roughy_box.jobs.kind import Find, Job
from roughy_box.services.box import Box
from roughy_box.storage.waiting import row_of_next_account


def rows_of(table: str, condition: str, *, asset_column: str = "asset_id") -> Find[Box]:
    """Return the ``find`` of a kind whose work stands in a table of the database.

    ``condition``: SQL, with an index as :func:`roughy_box.storage.waiting.row_of_next_account` wants it.
    """

    async def find(_box: Box, after_account: str, excluded: Collection[str], /, *, newest: bool = False) -> Job | None:
        row = await row_of_next_account(
            table, condition, after_account, excluded, newest=newest, asset_column=asset_column
        )
        return Job(row.id, row.account_id, row.asset_id) if row else None

    return find
