"""The metrics as Prometheus reads them.

Events are counted where they happen. Here the states are looked up, when they are asked for.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from prometheus_client import ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from roughy_box import __version__
from roughy_box.base.metrics import NAMESPACE
from roughy_box.http.server.connections import Connections
from roughy_box.operations.readiness import Check, Readiness
from roughy_box.services import preparation
from roughy_box.services.box import Box
from roughy_box.services.event_stream import EventStream
from roughy_box.storage import webhooks
from roughy_box.storage.volume import Space, space_of


@dataclass(frozen=True, slots=True)
class _Rows:
    """The counts of rows at the time of a scrape."""

    preparations: int  # that wait
    deliveries: int  # that wait
    disabled_endpoints: int


@dataclass(frozen=True, slots=True)
class _State:
    """The state of a box at the time of a scrape."""

    checks: tuple[Check, ...]
    rows: _Rows | None  # None: the database does not answer
    space: Space | None
    database: Mapping[str, int]


class Exposition(Collector):
    """The state of one box as metrics, in addition to its counters."""

    def __init__(self, box: Box, connections: Connections, events: EventStream, readiness: Readiness) -> None:
        self._box = box
        self._connections = connections
        self._events = events
        self._readiness = readiness
        self._state: _State | None = None
        self._registry = box.metrics.registry
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    async def refresh(self) -> None:
        """Look up the state. On a box that is not ready it takes no longer than the readiness checks."""
        checks = await self._readiness.check()
        self._state = _State(
            checks,
            # A database that cannot be written may not answer reads either.
            None if any(check.name == "database" and check.problem for check in checks) else await self._rows(),
            await asyncio.to_thread(self._space),
            await asyncio.to_thread(self._database_sizes),
        )

    def render(self) -> bytes:
        """Return the text; some milliseconds of work, for a thread."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield every state."""
        yield InfoMetricFamily(
            f"{NAMESPACE}_build",
            "Version of the program and of Python.",
            {"version": __version__, "python": platform.python_version()},
        )
        yield from self._connected()
        yield from self._uploads()
        yield from self._preparation()
        yield from self._jobs()
        yield from self._ledger()
        if self._state:
            yield from self._readings(self._state)

    async def _rows(self) -> _Rows:
        return _Rows(
            max(0, await preparation.count_unprepared() - self._box.jobs.running("prepare")),
            await webhooks.count_waiting(),
            await webhooks.count_disabled(),
        )

    def _space(self) -> Space | None:
        # The readiness checks report a folder that is gone.
        with suppress(OSError):
            return space_of(self._box.folder.root)
        return None

    def _database_sizes(self) -> dict[str, int]:
        path = self._box.folder.database
        return {"main": _size(str(path)), "wal": _size(f"{path}-wal")}

    def _connected(self) -> Iterator[Metric]:
        yield _gauge("http_connections", "Open connections.", len(self._connections))
        yield CounterMetricFamily(
            f"{NAMESPACE}_http_connections_refused",
            "Connections refused because server.max_connections were in use.",
            self._connections.refused,
        )
        yield _gauge("event_streams", "Open event streams.", len(self._events))

    def _uploads(self) -> Iterator[Metric]:
        sessions = list(self._box.sessions)
        yield _gauge("uploads_open", "Incomplete uploads.", len(sessions))
        yield _gauge("uploads_writing", "Uploads being sent right now.", sum(1 for each in sessions if each.writer))
        yield _gauge(
            "uploads_outstanding_bytes",
            "Bytes that open uploads have yet to send; the disk space is kept free for them.",
            self._box.sessions.outstanding(),
        )

    def _preparation(self) -> Iterator[Metric]:
        yield _gauge("preparation_running", "Worker processes that prepare a file.", self._box.jobs.running("prepare"))
        yield _gauge("preparation_workers", "The most of them (processing.workers).", self._box.jobs.slots)

    def _jobs(self) -> Iterator[Metric]:
        jobs = self._box.jobs
        running = {kind: jobs.running(kind) for kind in jobs.kinds}
        yield _gauges("jobs_running", "Background jobs that run, by kind.", "kind", running)
        retries = CounterMetricFamily(
            f"{NAMESPACE}_job_retries",
            "Background jobs that failed for a fault of the box and were scheduled again.",
            labels=("kind",),
        )
        for kind in jobs.kinds:
            retries.add_metric((kind,), jobs.retries[kind])
        yield retries

    def _ledger(self) -> Iterator[Metric]:
        metrics = self._box.metrics
        if metrics.ledger_checked_at is not None:
            yield _gauge(
                "ledger_consistent",
                "1 if every balance is the sum of its entries and every ready asset was charged once, else 0.",
                int(metrics.ledger_is_consistent),
            )
            yield _gauge(
                "ledger_checked_timestamp_seconds",
                "When the ledger was last checked, in seconds since 1970.",
                metrics.ledger_checked_at,
            )

    def _readings(self, state: _State) -> Iterator[Metric]:
        is_ready = not any(check.problem for check in state.checks)
        yield _gauge("ready", "1 if the box can do its work (/readyz), else 0.", int(is_ready))
        checks = {check.name: int(check.problem is None) for check in state.checks}
        yield _gauges("readiness_check", "1 if the check passed, else 0.", "check", checks)
        if state.rows is not None:
            rows = state.rows
            yield _gauge("preparation_waiting", "Complete uploads that wait to be prepared.", rows.preparations)
            yield _gauge("webhook_deliveries_waiting", "Deliveries of webhooks that wait.", rows.deliveries)
            yield _gauge(
                "webhook_endpoints_disabled",
                "Webhook endpoints that are disabled after a 410 or five days of failure.",
                rows.disabled_endpoints,
            )
        if state.space is not None:
            yield _gauge("volume_free_bytes", "Bytes that the box may still write to its disk.", state.space.free)
            yield _gauge("volume_size_bytes", "Size of its disk in bytes.", state.space.size)
        yield _gauge(
            "volume_reserve_bytes", "Bytes that uploads leave free (storage.reserve).", self._box.config.storage.reserve
        )
        yield _gauges("database_size_bytes", "Size of the database files in bytes.", "file", state.database)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{NAMESPACE}_{name}", text, value)


def _gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"{NAMESPACE}_{name}", text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
