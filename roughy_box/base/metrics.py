"""Metrics of a served box, counted where things happen; ``http`` adds its own and exposes them all.

An observation takes about 2 us. States that can be read at any time are not here: they are looked up at a scrape.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

NAMESPACE = "roughy_box"
UPLOAD_OUTCOMES = ("completed", "rejected", "cancelled", "deleted", "expired")
PREPARATION_OUTCOMES = (
    *("ready", "pending_payment", "unreadable_media", "corrupt_media", "processing_timeout", "processing_crashed"),
    *("deleted", "postponed"),
)
CUT_OUTCOMES = (
    *("completed", "no_audio", "no_speech", "media_missing", "corrupt_media"),
    *("processing_timeout", "processing_crashed", "deleted", "postponed"),
)
RENDER_OUTCOMES = (
    *("completed", "unsupported_output", "media_missing", "corrupt_media"),
    *("processing_timeout", "processing_crashed", "deleted", "postponed"),
)
DELIVERY_OUTCOMES = ("delivered", "retried", "failed")
DELIVERY_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0)
PREPARATION_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)

# Otherwise each counter has a second series with the time of its first event.
disable_created_metrics()  # type: ignore[no-untyped-call]


def counter(registry: CollectorRegistry, name: str, text: str, label: str, values: Iterable[str]) -> Counter:
    """Return a counter with one label; each of ``values`` is there from the start, as 0.

    To Prometheus an increase from nothing is not an increase.
    """
    made = Counter(name, text, [label], namespace=NAMESPACE, registry=registry)
    for value in values:
        made.labels(value)
    return made


class Metrics:
    """The metrics of one box, in a registry of its own, as a process may have several boxes."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry(auto_describe=False)
        self.uploads_started = Counter("uploads_started", "Uploads announced.", namespace=NAMESPACE, registry=registry)
        self.uploads = counter(registry, "uploads", "Uploads that ended, by outcome.", "outcome", UPLOAD_OUTCOMES)
        self.cuts = counter(registry, "cuts", "Work on cuts that ended, by outcome.", "outcome", CUT_OUTCOMES)
        self.stream_events = Counter(
            "stream_events", "Events queued for the readers of event streams.", namespace=NAMESPACE, registry=registry
        )
        self.event_streams_cut = Counter(
            "event_streams_cut",
            "Event streams ended because their reader was too slow.",
            namespace=NAMESPACE,
            registry=registry,
        )
        self.renders = counter(
            registry, "renders", "Work on renders that ended, by outcome.", "outcome", RENDER_OUTCOMES
        )
        self._preparations = counter(
            registry, "preparations", "Preparations that ended, by outcome.", "outcome", PREPARATION_OUTCOMES
        )
        self._preparation_seconds = Histogram(
            "preparation_duration_seconds",
            "From the start of a preparation to its result, by media type.",
            ["type"],
            namespace=NAMESPACE,
            registry=registry,
            buckets=PREPARATION_BOUNDS,
        )
        self._deliveries = counter(
            registry,
            "webhook_deliveries",
            "Attempts to deliver a webhook, by outcome; retried: failed, and another one follows.",
            "outcome",
            DELIVERY_OUTCOMES,
        )
        self._delivery_seconds = Histogram(
            "webhook_delivery_latency_seconds",
            "From an event to its delivery, where the first attempt succeeded.",
            namespace=NAMESPACE,
            registry=registry,
            buckets=DELIVERY_BOUNDS,
        )
        self.ledger_is_consistent = True
        self.ledger_checked_at: float | None = None  # seconds since the epoch

    def prepared(self, media_type: str, seconds: float, outcome: str) -> None:
        """Count a preparation that ended after ``seconds``."""
        self._preparations.labels(outcome).inc()
        self._preparation_seconds.labels(media_type).observe(seconds)

    def attempted(self, outcome: str, seconds: float, *, is_first: bool) -> None:
        """Count an attempt to deliver a webhook that ended ``seconds`` after its event."""
        self._deliveries.labels(outcome).inc()
        if outcome == "delivered" and is_first:
            self._delivery_seconds.observe(max(0.0, seconds))
