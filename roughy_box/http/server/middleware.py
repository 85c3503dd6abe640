"""Complete every answer: request id, CORS headers, the TUS version below ``/v1/uploads``; then count and log it."""

from __future__ import annotations

import re
import time

from sanic import Request
from sanic.response import BaseHTTPResponse

from roughy_box.base import logs
from roughy_box.config.options import Config
from roughy_box.http.server import accesslog
from roughy_box.http.server.call import App
from roughy_box.storage.models import new_id

TUS_VERSION = "1.0.0"
CHUNK_TYPE = "application/offset+octet-stream"

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_EXPOSED = (
    "Location, Upload-Offset, Upload-Length, Upload-Expires, Tus-Resumable, Tus-Version, Tus-Extension, "
    "Tus-Max-Size, Retry-After, X-Request-ID, ETag, Content-Range, Accept-Ranges, Content-Disposition, Last-Event-ID"
)
_PREFLIGHT = {
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Tus-Resumable, Upload-Offset, Upload-Length, X-HTTP-Method-Override, "
        "X-Request-ID, X-Requested-With, Range, If-Range, If-None-Match, If-Modified-Since, Last-Event-ID"
    ),
    "Access-Control-Max-Age": "86400",
}


def install(app: App, config: Config) -> None:
    """Complete every response of ``app``."""
    origins = tuple(config.server.cors_origins)

    async def complete(request: Request, response: BaseHTTPResponse) -> None:
        logs.request_id.set(request_id(request))
        response.headers["X-Request-ID"] = request_id(request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        cors = _cors(request, origins)
        if "Vary" in cors and "Vary" in response.headers:
            cors["Vary"] = f"{response.headers['Vary']}, {cors['Vary']}"
        response.headers.update(cors)
        if request.path.startswith("/v1/uploads"):
            response.headers["Tus-Resumable"] = TUS_VERSION
            response.headers.setdefault("Cache-Control", "no-store")
        if getattr(request.ctx, "sent", None) is None:
            body = None if request.method == "HEAD" else getattr(response, "body", None)
            conclude(request, config, response.status, len(body or b""))
        else:
            # A download: its bytes are sent later.
            request.ctx.status = response.status

    app.on_response(complete)


def request_id(request: Request) -> str:
    """Return the client's ``X-Request-ID`` if it is safe in a header and a log line, else a new one."""
    if not hasattr(request.ctx, "request_id"):
        given = request.headers.get("x-request-id", "")
        request.ctx.request_id = given if _SANE_ID.fullmatch(given) else new_id()
    return str(request.ctx.request_id)


def conclude(request: Request, config: Config, status: int, sent: int) -> None:
    """Count and log an answer that was sent, with a body of ``sent`` bytes."""
    started = getattr(request.ctx, "started", None)
    seconds = None if started is None else time.perf_counter() - started
    request.app.ctx.traffic.note(request, status, seconds)
    accesslog.write(request, config, status, seconds or 0.0, sent)


def _cors(request: Request, origins: tuple[str, ...]) -> dict[str, str]:
    origin = request.headers.get("origin")
    if "*" in origins:
        headers = {"Access-Control-Allow-Origin": "*"}
    elif origin in origins:
        headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    else:
        return {"Vary": "Origin"}
    headers["Access-Control-Expose-Headers"] = _EXPOSED
    if request.method == "OPTIONS":
        headers |= _PREFLIGHT
        if route := request.route:
            headers["Access-Control-Allow-Methods"] = route.ctx.allow
    return headers
