"""Requests and answers in numbers: by route and never by path, so that there are only so many series."""

from __future__ import annotations

from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram
from sanic import Request

from roughy_box.base.metrics import NAMESPACE, counter
from roughy_box.domain.errors import CATALOG

Way = Literal["direct", "plain"]  # past the framework, or through it

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)


class Flow:
    """The bytes of one body, counted for its request and for all."""

    __slots__ = ("_totals", "count")

    def __init__(self, totals: Counter) -> None:
        self._totals = totals
        self.count = 0

    def add(self, way: Way, count: int) -> None:
        """Count bytes that went by."""
        self.count += count
        self._totals.labels(way).inc(count)


class Traffic:
    """The requests answered since the start of the server."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "http_requests",
            "Requests answered, by route and status class.",
            ["method", "route", "status"],
            namespace=NAMESPACE,
            registry=registry,
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "From the request head to the end of the answer, or of the bytes of an upload or download.",
            ["method", "route"],
            namespace=NAMESPACE,
            registry=registry,
            buckets=BOUNDS,
        )
        self._errors = counter(registry, "http_errors", "Errors answered, by code.", "code", CATALOG)
        self.received = counter(
            registry,
            "upload_received_bytes",
            "Bytes of uploads received, past the framework (direct) or through it (plain).",
            "way",
            ("direct", "plain"),
        )
        self.sent = counter(
            registry,
            "download_sent_bytes",
            "Bytes of media sent, by the kernel (direct) or through the framework (plain).",
            "way",
            ("direct", "plain"),
        )

    def note(self, request: Request, status: int, seconds: float | None) -> None:
        """Count an answered request; ``seconds`` is ``None`` where no route took it."""
        route: Any = request.route
        # A client may make up methods.
        method = request.method if request.method in METHODS else "other"
        name = "none" if route is None else route.ctx.template
        self._requests.labels(method, name, f"{status // 100}xx").inc()
        if seconds is not None:
            self._seconds.labels(method, name).observe(seconds)
        if code := getattr(request.ctx, "error_code", None):
            self._errors.labels(code).inc()
