"""Is it up, and can it work? Asked without a key, by container engines, load balancers and monitors."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sanic import HTTPResponse

from roughy_box.domain.errors import BoxError
from roughy_box.http.server.call import Call
from roughy_box.http.server.errors import content_of
from roughy_box.operations.readiness import Check

RETRY_AFTER = 5  # seconds


async def live(call: Call) -> HTTPResponse:
    """``GET /healthz``: the process answers."""
    return _json({"status": "draining" if call.box.draining else "ok"}, 200)


async def ready(call: Call) -> HTTPResponse:
    """``GET /readyz``: every check by name; 503, in the envelope with the checks beside it, if one fails."""
    checks = await call.request.app.ctx.readiness.check()
    failed = [check for check in checks if check.problem]
    if not failed:
        return _json({"status": "ready", "checks": _told(checks)}, 200)
    error = BoxError("unavailable", " ".join(f"{check.name}: {check.problem}" for check in failed))
    call.request.ctx.error_code = error.code
    content = {**content_of(error), "status": "not ready", "checks": _told(checks)}
    return _json(content, error.status, {"Retry-After": str(RETRY_AFTER)})


def _told(checks: Sequence[Check]) -> list[dict[str, object]]:
    return [{"name": check.name, "ok": check.problem is None, "message": check.problem} for check in checks]


def _json(content: dict[str, object], status: int, headers: dict[str, str] | None = None) -> HTTPResponse:
    return HTTPResponse(
        json.dumps(content), status, {"Cache-Control": "no-store", **(headers or {})}, "application/json"
    )
