"""The counting itself, and the watch over the loop."""

from __future__ import annotations

import asyncio
import time

from roughy_box.base.metrics import Histogram, Lag, Metrics
from roughy_box.http.server.loop_lag import measured


def test_histogram_bound_in_its_bucket():
    histogram = Histogram((1.0, 2.0))
    for value in (0.0, 1.0, 1.5, 2.0, 3.0):
        histogram.observe(value)
    assert histogram.counts == [2, 2, 1]
    assert histogram.total == 7.5


def test_longest_lag_reset_when_read():
    lag = Lag()
    for value in (0.1, 0.3, 0.2):
        lag.observe(value)
    assert lag.take_longest() == 0.3
    assert lag.take_longest() == 0.0
    assert sum(lag.counts) == 3


def test_preparations_timed_by_type():
    metrics = Metrics()
    for outcome in ("ready", "corrupt_media"):
        metrics.prepared("video", 0.2, outcome)
    assert metrics.preparations == {"ready": 1, "corrupt_media": 1}
    assert sum(metrics.preparation_seconds["video"].counts) == 2


async def test_blocked_loop_lag_observed():
    lag = Lag()
    with measured(lag, interval=0.01):
        await asyncio.sleep(0.05)
        time.sleep(0.3)  # what no code of a server may do
        await asyncio.sleep(0.05)
    assert lag.take_longest() >= 0.28
    seen = sum(lag.counts)
    await asyncio.sleep(0.05)
    assert sum(lag.counts) == seen, "measured on after the end"
