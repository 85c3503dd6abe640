"""``/metrics``, for readers on this machine or with ``metrics.token``."""

from __future__ import annotations

import asyncio
import hmac
import re

from sanic import HTTPResponse, Request

from roughy_box.domain.errors import BoxError
from roughy_box.http.openapi.operation import Answer, Content, Operation
from roughy_box.http.server.call import Call, bearer_token
from roughy_box.http.server.urls import is_loopback, peer

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Headers that proxies and browsers add: the peer is on this machine then, but the reader is not, or is a page.
_FOREIGN = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via", "origin")
_LOCAL_HOST = re.compile(r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?", re.IGNORECASE | re.ASCII)


async def read(call: Call) -> HTTPResponse:
    """``GET /metrics``. Errors: ``not_found`` when switched off, ``forbidden`` for other readers."""
    if not call.box.config.metrics.enabled:
        raise BoxError("not_found")
    _check_reader(call)
    exposition = call.request.app.ctx.exposition
    await exposition.refresh()
    text = await asyncio.to_thread(exposition.render)
    return HTTPResponse(text, headers={"Cache-Control": "no-store"}, content_type=CONTENT_TYPE)


READ = Operation(
    "read_metrics",
    "Service",
    "Read the metrics",
    {
        200: Answer(
            "The metrics in the text format of Prometheus.",
            Content(media_types=(CONTENT_TYPE,)),
            headers=("Cache-Control",),
        )
    },
    "For programs on this machine; others need `Authorization: Bearer` with `metrics.token`, and are refused where "
    "none is configured. 404 where the metrics are switched off.",
    errors=("forbidden", "not_found"),
)


def _check_reader(call: Call) -> None:
    request, token = call.request, call.box.config.metrics.token
    if _has_token(request, token) or _is_local(request):
        return
    raise BoxError("forbidden", "Metrics are for programs on this machine and for readers that send metrics.token.")


def _has_token(request: Request, token: str) -> bool:
    # Compared also where there is no token, and in constant time.
    is_equal = hmac.compare_digest(bearer_token(request).encode(errors="replace"), token.encode())
    return bool(token) and is_equal


def _is_local(request: Request) -> bool:
    """Return whether a program on this machine asks for itself: not a proxy for others, not a page in a browser."""
    if not is_loopback(peer(request)) or any(name in request.headers for name in _FOREIGN):
        return False
    # A foreign page can reach this address under a name of its own, and sends no Origin then (DNS rebinding).
    return _LOCAL_HOST.fullmatch(str(request.headers.get("host", ""))) is not None
