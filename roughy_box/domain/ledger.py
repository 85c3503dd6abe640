"""Money: entry types, the price of a duration, who is settled by a balance.

Source: contract, section 5. All amounts are whole credits, all durations whole milliseconds,
so that what is shown and what is charged can never round apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

MS_PER_CREDIT = 60_000


class EntryType(StrEnum):
    """What an entry of the ledger is about."""

    CONSUME_ASSET = "consume_asset"
    TOPUP = "topup"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"
    EXPIRY = "expiry"


def price(duration_ms: int) -> int:
    """Credits for media of ``duration_ms``: one a started minute, at least one."""
    return max(1, -(-duration_ms // MS_PER_CREDIT))


def affordable(balance: int, waiting: Iterable[tuple[str, int]]) -> list[str]:
    """The ids among ``waiting`` (id, price; oldest first) that ``balance`` pays for.

    One that does not fit is passed over; a later, cheaper one may still go.
    """
    chosen = []
    for asset_id, cost in waiting:
        if cost <= balance:
            balance -= cost
            chosen.append(asset_id)
    return chosen
