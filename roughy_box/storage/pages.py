"""Pages of what belongs to assets: cuts, renders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from roughy_box.storage.models import Asset, Cut, Render

R = TypeVar("R", Cut, Render)


async def page_of(
    table: type[R], account_id: str, wanted: Mapping[str, str | None], project_id: str | None, limit: int, offset: int
) -> tuple[list[R], int]:
    """Return one page of the rows of an account, newest first, and the number of all.

    ``wanted``: values of columns, None for any; ``project_id``: only rows of assets in that project.
    """
    given = {column: value for column, value in wanted.items() if value is not None}
    query: QuerySet[R] = table.filter(account_id=account_id, **given)
    if project_id is not None:
        query = query.filter(asset_id__in=Subquery(Asset.filter(project_id=project_id).values("id")))
    rows: list[R] = await query.order_by("-seq").offset(offset).limit(limit)
    return rows, await query.count()
