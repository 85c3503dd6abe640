"""Money: the price of a duration, and who is settled by a balance."""

from __future__ import annotations

import random
from decimal import ROUND_CEILING, Decimal

import pytest

from roughy_box.domain.ledger import EntryType, affordable, price


@pytest.mark.parametrize(
    ("duration_ms", "credits"),
    [
        (0, 1),
        (1, 1),
        (999, 1),
        (59_999, 1),
        (60_000, 1),
        (60_001, 2),
        (119_999, 2),
        (120_000, 2),
        (120_001, 3),
        (250_000, 5),  # the contract's own example: 4 m 10 s
        (3_782_413, 64),
        (24 * 3_600_000, 1440),
    ],
)
def test_price_of_duration(duration_ms: int, credits: int) -> None:
    assert price(duration_ms) == credits


def test_price_large_durations_exact() -> None:
    """Durations beyond what a float holds exactly cost one more from the first millisecond of a minute on."""
    for minutes in (2**40, 2**53 // 60_000, 10**15):
        assert price(minutes * 60_000) == minutes
        assert price(minutes * 60_000 + 1) == minutes + 1
    for duration in random.Random(3).sample(range(1, 10**9), 500):
        minutes_up = (Decimal(duration) / 60_000).to_integral_value(ROUND_CEILING)
        assert price(duration) == minutes_up


@pytest.mark.parametrize(
    ("balance", "prices", "chosen"),
    [
        (10, [], []),
        (0, [1], []),
        (-5, [1, 2], []),
        (1, [1], [0]),
        (3, [1, 1, 1], [0, 1, 2]),
        (2, [1, 1, 1], [0, 1]),  # oldest first
        (4, [5, 2, 2], [1, 2]),  # passed over
        (4, [5, 3, 2, 1], [1, 3]),  # passed over twice
        (5, [5, 2, 2], [0]),  # the oldest takes all
        (6, [5, 2, 1], [0, 2]),
    ],
)
def test_affordable_oldest_first(balance: int, prices: list[int], chosen: list[int]) -> None:
    waiting = [(str(number), cost) for number, cost in enumerate(prices)]
    assert affordable(balance, waiting) == [str(number) for number in chosen]


def test_affordable_never_overdraws_skips_none_that_fits() -> None:
    dice = random.Random(7)
    for _ in range(300):
        prices = [dice.randint(1, 9) for _ in range(dice.randint(0, 12))]
        balance = dice.randint(-3, 40)
        waiting = [(str(number), cost) for number, cost in enumerate(prices)]
        chosen = affordable(balance, waiting)
        left = balance - sum(prices[int(name)] for name in chosen)
        assert not chosen or left >= 0
        assert all(cost > left for name, cost in waiting if name not in chosen)
        assert chosen == sorted(chosen, key=int)


def test_entry_types_as_contract() -> None:
    assert set(EntryType) == {"consume_asset", "topup", "refund", "adjustment", "expiry"}
