"""Credits: entry types, the price of a duration, the assets a balance pays for.

Source: contract, section 5. All amounts are whole credits, all durations whole milliseconds,
so shown and charged amounts can never differ by rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

MS_PER_CREDIT = 60_000


class EntryType(StrEnum):
    """The types of ledger entries."""

    CONSUME_ASSET = "consume_asset"
    TOPUP = "topup"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"
    EXPIRY = "expiry"


def price(duration_ms: int) -> int:
    """Return the credits for media of ``duration_ms``: one per started minute, at least one."""
    return max(1, -(-duration_ms // MS_PER_CREDIT))


def affordable(balance: int, waiting: Iterable[tuple[str, int]]) -> list[str]:
    """Return the ids among ``waiting`` (id, price; oldest first) that ``balance`` pays for.

    An asset that is too expensive is skipped; a later, cheaper one may still be paid for.
    """
    chosen = []
    for asset_id, cost in waiting:
        if cost <= balance:
            balance -= cost
            chosen.append(asset_id)
    return chosen
