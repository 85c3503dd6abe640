"""Is it up, and can it work? Asked without a key, by container engines, load balancers and monitors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field
from sanic import HTTPResponse

from roughy_box.domain.errors import BoxError
from roughy_box.http.openapi.errors import ErrorEnvelope
from roughy_box.http.openapi.operation import Operation, json_answer
from roughy_box.http.resources import examples
from roughy_box.http.server.call import Call
from roughy_box.http.server.errors import content_of
from roughy_box.http.server.responses import Schema, json_response
from roughy_box.operations.readiness import CHECKS, Check

RETRY_AFTER = 5  # seconds
_NO_STORE = {"Cache-Control": "no-store"}


class Health(Schema):
    """Whether the box serves."""

    status: Literal["ok", "draining"] = Field(description="`draining` while the box is stopping.")


class ReadinessCheck(Schema):
    """One of the things that a box needs to work."""

    name: str = Field(description=f"One of {', '.join(f'`{name}`' for name in CHECKS)}.")
    ok: bool
    message: str | None = Field(description="What is wrong and what helps; null if nothing is.")


class Readiness(Schema):
    """Whether the box can do its work."""

    status: Literal["ready"]
    checks: list[ReadinessCheck]


class Unreadiness(ErrorEnvelope):
    """Why the box cannot do its work; the checks are missing if it was too busy to look."""

    status: Literal["not ready"] = "not ready"
    checks: list[ReadinessCheck] = Field(default_factory=list)


async def live(call: Call) -> HTTPResponse:
    """``GET /healthz``: the process answers."""
    return json_response({"status": "draining" if call.box.draining else "ok"}, 200, _NO_STORE)


LIVE = Operation(
    "check_health",
    "Service",
    "Ask whether the box is up",
    {
        200: json_answer(
            "The box answers.",
            Health,
            headers=("Cache-Control",),
            up={"status": "ok"},
            stopping={"status": "draining"},
        )
    },
    "For proxies and supervisors.",
)


async def ready(call: Call) -> HTTPResponse:
    """``GET /readyz``: every check by name; 503, in the envelope with the checks beside it, if one fails."""
    checks = await call.request.app.ctx.readiness.look()
    failed = [check for check in checks if check.problem]
    if not failed:
        return json_response({"status": "ready", "checks": _results(checks)}, 200, _NO_STORE)
    error = BoxError("unavailable", " ".join(f"{check.name}: {check.problem}" for check in failed))
    call.request.ctx.error_code = error.code
    content = {**content_of(error), "status": "not ready", "checks": _results(checks)}
    return json_response(content, error.status, _NO_STORE | {"Retry-After": str(RETRY_AFTER)})


READY = Operation(
    "check_readiness",
    "Service",
    "Ask whether the box can do its work",
    {
        200: json_answer("Every check passed.", Readiness, headers=("Cache-Control",), ready=examples.READY),
        503: json_answer(
            "A check failed, or the box holds as many connections as it may.",
            Unreadiness,
            headers=("Cache-Control?", "Retry-After"),
            unavailable=examples.NOT_READY,
        ),
    },
    "For load balancers and monitors. All who ask within a second are answered by one look at the box.",
)


def _results(checks: Sequence[Check]) -> list[dict[str, object]]:
    return [{"name": check.name, "ok": check.problem is None, "message": check.problem} for check in checks]
