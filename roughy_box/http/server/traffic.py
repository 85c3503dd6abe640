"""What was asked and answered, counted: by route and never by path, so that there are only so many numbers."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from sanic import Request

from roughy_box.base.metrics import Histogram

Way = Literal["direct", "plain"]  # past the framework, or through it

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)


class Flow:
    """The bytes of one body, counted for its request and for all."""

    __slots__ = ("_totals", "count")

    def __init__(self, totals: Counter[str]) -> None:
        self._totals = totals
        self.count = 0

    def add(self, way: Way, count: int) -> None:
        """Note bytes that went by."""
        self.count += count
        self._totals[way] += count


class RouteTraffic:
    """The requests of one method of one route; ``by_class[2]`` are those answered with 2xx."""

    __slots__ = ("by_class", "seconds")

    def __init__(self) -> None:
        self.by_class = [0] * 6
        self.seconds = Histogram(BOUNDS)


class Traffic:
    """Since the start of the server."""

    def __init__(self) -> None:
        self.routes: dict[tuple[str, str], RouteTraffic] = {}
        self.errors: Counter[str] = Counter()
        self.received: Counter[str] = Counter(connection=0, plain=0)
        self.sent: Counter[str] = Counter(connection=0, plain=0)

    def note(self, request: Request, status: int, seconds: float | None) -> None:
        """Count an answered request; ``seconds`` is ``None`` where no route took it."""
        route: Any = request.route
        key = request.method, "none" if route is None else route.ctx.template
        counted = self.routes.get(key)
        if counted is None:
            # A client may make up methods.
            key = key if key[0] in METHODS else ("other", key[1])
            counted = self.routes.setdefault(key, RouteTraffic())
        counted.by_class[status // 100] += 1
        if seconds is not None:
            counted.seconds.observe(seconds)
        if code := getattr(request.ctx, "error_code", None):
            self.errors[code] += 1
