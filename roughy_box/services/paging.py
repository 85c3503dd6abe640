"""One page of a list, newest first."""

from __future__ import annotations

from typing import TypeVar

from tortoise.queryset import QuerySet

from roughy_box.storage.models import Row

R = TypeVar("R", bound=Row)


async def newest(rows: QuerySet[R], limit: int, offset: int) -> list[R]:
    """The page of ``rows`` behind the newest ``offset``; rows that are passed over cost a step in an index each."""
    ordered = rows.order_by("-seq")
    if offset:
        begin = await ordered.offset(offset).limit(1).values_list("seq", flat=True)
        if not begin:
            return []
        ordered = ordered.filter(seq__lte=begin[0])
    return await ordered.limit(limit)
