"""``/healthz`` and ``/readyz``, for container engines, load balancers and monitors; neither needs a key."""

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
    """The box is up."""

    status: Literal["ok", "draining"] = Field(description="`draining` while the box is stopping.")


class ReadinessCheck(Schema):
    """One thing that a box needs to work."""

    name: str = Field(description=f"One of {', '.join(f'`{name}`' for name in CHECKS)}.")
    ok: bool
    message: str | None = Field(description="What is wrong and how to fix it; null if the check passed.")


class Readiness(Schema):
    """The box is ready for requests."""

    status: Literal["ready"]
    checks: list[ReadinessCheck]


class Unreadiness(ErrorEnvelope):
    """Why the box is not ready; `checks` is missing if it was too busy to make them."""

    status: Literal["not ready"] = "not ready"
    checks: list[ReadinessCheck] = Field(default_factory=list)


async def live(call: Call) -> HTTPResponse:
    """``GET /healthz``: the process answers."""
    return json_response({"status": "draining" if call.box.draining else "ok"}, 200, _NO_STORE)


LIVE = Operation(
    "check_health",
    "Service",
    "Check that the box is up",
    {
        200: json_answer(
            "The box is up.",
            Health,
            headers=("Cache-Control",),
            up={"status": "ok"},
            stopping={"status": "draining"},
        )
    },
    "For proxies and supervisors.",
)


async def ready(call: Call) -> HTTPResponse:
    """``GET /readyz``: every check by name; 503, as an error envelope with the checks added, if one fails."""
    checks = await call.request.app.ctx.readiness.check()
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
    "Check that the box is ready",
    {
        200: json_answer("Every check passed.", Readiness, headers=("Cache-Control",), ready=examples.READY),
        503: json_answer(
            "A check failed, or too many connections are open.",
            Unreadiness,
            headers=("Cache-Control?", "Retry-After"),
            unavailable=examples.NOT_READY,
        ),
    },
    "For load balancers and monitors. The checks are made at most once a second.",
)


def _results(checks: Sequence[Check]) -> list[dict[str, object]]:
    return [{"name": check.name, "ok": check.problem is None, "message": check.problem} for check in checks]
