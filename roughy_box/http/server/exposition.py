"""The metrics as Prometheus reads them; the one module that knows its library.

Counting is done elsewhere, with plain numbers. Here they are given names and explanations, and what
is a state and no count is looked up when somebody asks.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from roughy_box import __version__
from roughy_box.base.metrics import PREPARATION_OUTCOMES, UPLOAD_OUTCOMES, Histogram
from roughy_box.domain.errors import CATALOG
from roughy_box.http.server.connections import Connections
from roughy_box.http.server.traffic import Traffic
from roughy_box.operations.readiness import Check, Readiness
from roughy_box.services import preparation
from roughy_box.services.box import Box
from roughy_box.storage.volume import Space, space_of

PREFIX = "roughy_box_"


@dataclass(frozen=True, slots=True)
class _State:
    """What is looked up for a reading."""

    checks: tuple[Check, ...]
    waiting: int | None  # None: the database does not answer
    space: Space | None
    database: Mapping[str, int]


class Exposition(Collector):
    """Everything one box tells; in a registry of its own, as a process may have several boxes."""

    def __init__(self, box: Box, traffic: Traffic, connections: Connections, readiness: Readiness) -> None:
        self._box = box
        self._traffic = traffic
        self._connections = connections
        self._readiness = readiness
        self._state: _State | None = None
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    async def refresh(self) -> None:
        """Look up what is no count. On a box that is not ready, for no longer than the readiness checks take."""
        checks = await self._readiness.check()
        self._state = _State(
            checks,
            # A database that cannot be written may not answer either.
            None if any(check.name == "database" and check.problem for check in checks) else await self._waiting(),
            await asyncio.to_thread(self._space),
            await asyncio.to_thread(self._database_sizes),
        )

    def render(self) -> bytes:
        """The text; some milliseconds of work, for a thread."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Every metric of ours."""
        yield InfoMetricFamily(
            f"{PREFIX}build",
            "Which program this is.",
            {"version": __version__, "python": platform.python_version()},
        )
        yield from self._http()
        yield from self._uploads()
        yield from self._preparation()
        yield from self._loop()
        yield from self._ledger()
        if self._state:
            yield from self._readings(self._state)

    async def _waiting(self) -> int:
        return max(0, await preparation.count_unprepared() - self._box.jobs.running("prepare"))

    def _space(self) -> Space | None:
        # A folder that is gone is for the readiness checks to tell.
        with suppress(OSError):
            return space_of(self._box.folder.root)
        return None

    def _database_sizes(self) -> dict[str, int]:
        path = self._box.folder.database
        return {"main": _size(str(path)), "wal": _size(f"{path}-wal")}

    def _http(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            f"{PREFIX}http_requests",
            "Requests answered, by route and class of status.",
            labels=("method", "route", "status"),
        )
        seconds = HistogramMetricFamily(
            f"{PREFIX}http_request_duration_seconds",
            "From a request's head to the end of its answer; with uploads and downloads, of their bytes.",
            labels=("method", "route"),
        )
        for (method, route), traffic in list(self._traffic.routes.items()):
            for number, count in enumerate(traffic.by_class):
                if count:
                    requests.add_metric((method, route, f"{number}xx"), count)
            if any(traffic.seconds.counts):
                _add(seconds, (method, route), traffic.seconds)
        yield requests
        yield seconds
        errors = dict.fromkeys(CATALOG, 0) | self._traffic.errors
        yield _counter("http_errors", "Errors answered, by code.", "code", errors)
        yield _counter(
            "upload_received_bytes",
            "Bytes of uploads received, past the framework (direct) or through it (plain).",
            "way",
            self._traffic.received,
        )
        yield _counter(
            "download_sent_bytes",
            "Bytes of media sent, by the kernel (direct) or through the framework (plain).",
            "way",
            self._traffic.sent,
        )
        yield _gauge("http_connections", "Open connections.", len(self._connections))
        yield CounterMetricFamily(
            f"{PREFIX}http_connections_refused",
            "Connections turned away because server.max_connections were at work.",
            self._connections.refused,
        )

    def _uploads(self) -> Iterator[Metric]:
        metrics, sessions = self._box.metrics, list(self._box.sessions)
        yield CounterMetricFamily(f"{PREFIX}uploads_started", "Assets announced.", metrics.uploads_started)
        outcomes = dict.fromkeys(UPLOAD_OUTCOMES, 0) | metrics.uploads
        yield _counter("uploads", "Uploads that ended, by how.", "outcome", outcomes)
        yield _gauge("uploads_open", "Uploads that lack bytes.", len(sessions))
        yield _gauge("uploads_writing", "Uploads that are being sent.", sum(1 for each in sessions if each.writer))
        yield _gauge(
            "uploads_outstanding_bytes",
            "What open uploads still have to bring; the disk keeps it free for them.",
            self._box.sessions.outstanding(),
        )

    def _preparation(self) -> Iterator[Metric]:
        metrics = self._box.metrics
        outcomes = dict.fromkeys(PREPARATION_OUTCOMES, 0) | metrics.preparations
        yield _counter("preparations", "Preparations that ended, by how.", "outcome", outcomes)
        seconds = HistogramMetricFamily(
            f"{PREFIX}preparation_duration_seconds",
            "From the start of a preparation to its verdict, by type of media.",
            labels=("type",),
        )
        for media_type, times in list(metrics.preparation_seconds.items()):
            _add(seconds, (media_type,), times)
        yield seconds
        yield _gauge("preparation_running", "Children that prepare a file.", self._box.jobs.running("prepare"))
        yield _gauge("preparation_workers", "The most there may be (processing.workers).", self._box.jobs.slots)

    def _loop(self) -> Iterator[Metric]:
        lag = self._box.metrics.lag
        seconds = HistogramMetricFamily(
            f"{PREFIX}event_loop_lag_seconds", "How late the event loop came to its work, seen 50 times a second."
        )
        _add(seconds, (), lag)
        yield seconds
        yield _gauge("event_loop_lag_max_seconds", "The longest lag since this was last read.", lag.take_longest())

    def _ledger(self) -> Iterator[Metric]:
        metrics = self._box.metrics
        if metrics.ledger_checked_at is not None:
            yield _gauge(
                "ledger_consistent",
                "1 if every balance is the sum of its entries and every ready asset is paid for once, else 0.",
                int(metrics.ledger_is_consistent),
            )
            yield _gauge(
                "ledger_checked_timestamp_seconds",
                "When the ledger was last looked through, in seconds since 1970.",
                metrics.ledger_checked_at,
            )

    def _readings(self, state: _State) -> Iterator[Metric]:
        is_ready = not any(check.problem for check in state.checks)
        yield _gauge("ready", "1 if the box can do its work (/readyz), else 0.", int(is_ready))
        checks = {check.name: int(check.problem is None) for check in state.checks}
        yield _gauges("readiness_check", "1 if the check passed, else 0.", "check", checks)
        if state.waiting is not None:
            yield _gauge("preparation_waiting", "Uploads that are whole and wait to be prepared.", state.waiting)
        if state.space is not None:
            yield _gauge("volume_free_bytes", "What the box may still write on its disk.", state.space.free)
            yield _gauge("volume_size_bytes", "The size of its disk.", state.space.size)
        yield _gauge(
            "volume_reserve_bytes", "What uploads leave free (storage.reserve).", self._box.config.storage.reserve
        )
        yield _gauges("database_size_bytes", "The files of the database.", "file", state.database)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, text, value)


def _gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _counter(name: str, text: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(PREFIX + name, text, labels=(label,))
    for key, count in counts.items():
        family.add_metric((key,), count)
    return family


def _add(family: HistogramMetricFamily, labels: tuple[str, ...], histogram: Histogram) -> None:
    total, buckets = 0, []
    for bound, count in zip([*map(str, histogram.bounds), "+Inf"], list(histogram.counts), strict=True):
        total += count
        buckets.append((bound, float(total)))
    family.add_metric(labels, buckets, histogram.total)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
