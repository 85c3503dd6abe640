"""The counting itself, and the probe of the event loop."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import CollectorRegistry

from roughy_box.base.metrics import Metrics
from roughy_box.http.server.loop_lag import Lag, measured


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"roughy_box_{name}", labels)


def test_histogram_bound_in_its_bucket():
    metrics = Metrics()
    for value in (0.0, 1.0, 1.5, 2.5, 3.0):
        metrics.prepared("video", value, "ready")

    def count(bound: str) -> float | None:
        return sample(metrics.registry, "preparation_duration_seconds_bucket", type="video", le=bound)

    assert [count("1.0"), count("2.5"), count("5.0"), count("+Inf")] == [2, 4, 5, 5]
    assert sample(metrics.registry, "preparation_duration_seconds_sum", type="video") == 8.0


def test_longest_lag_reset_when_read():
    registry = CollectorRegistry()
    lag = Lag(registry)
    for value in (0.1, 0.3, 0.2):
        lag.observe(value)
    assert lag.take_longest() == 0.3
    assert lag.take_longest() == 0.0
    assert sample(registry, "event_loop_lag_seconds_count") == 3


def test_preparations_timed_by_type():
    metrics = Metrics()
    for outcome in ("ready", "corrupt_media"):
        metrics.prepared("video", 0.2, outcome)
    ended = {
        outcome: sample(metrics.registry, "preparations_total", outcome=outcome)
        for outcome in ("ready", "corrupt_media", "deleted")
    }
    assert ended == {"ready": 1, "corrupt_media": 1, "deleted": 0}
    assert sample(metrics.registry, "preparation_duration_seconds_count", type="video") == 2


async def test_blocked_loop_lag_observed():
    registry = CollectorRegistry()
    lag = Lag(registry)
    with measured(lag, interval=0.01):
        await asyncio.sleep(0.05)
        time.sleep(0.3)  # what no code of a server may do
        await asyncio.sleep(0.05)
    assert lag.take_longest() >= 0.28
    seen = sample(registry, "event_loop_lag_seconds_count")
    await asyncio.sleep(0.05)
    assert sample(registry, "event_loop_lag_seconds_count") == seen, "measured on after the end"
