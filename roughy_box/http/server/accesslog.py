"""The access log: one line for each answered request.

Query, headers and bodies are left out: they may hold keys, signatures and anything else. What a line holds is either
ours, a number, or made of characters that cannot end it.
"""

from __future__ import annotations

import logging

from sanic import Request

from roughy_box.config.options import Config
from roughy_box.config.values import MIB
from roughy_box.http.server.urls import client_address

log = logging.getLogger("roughy_box.access")

# Requested every few seconds forever; a box that is not ready is logged by the readiness checks.
_QUIET = frozenset(("/healthz", "/readyz", "/metrics"))


def write(request: Request, config: Config, status: int, seconds: float, sent: int) -> None:
    """Log an answer that took ``seconds`` and has a body of ``sent`` bytes; 5xx as an error."""
    level = _level(request.path, status)
    if not log.isEnabledFor(level):
        return
    facts: dict[str, object] = {
        "method": request.method,
        "path": request.path,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "client": client_address(request, config) or "-",  # gone before its connection was served
        "received": 0,
        "sent": sent,
    }
    text = "%(method)s %(path)s %(status)d %(ms).1f ms, %(client)s"
    ctx = request.ctx
    if (flow := getattr(ctx, "received", None)) is not None:
        facts |= {"received": flow.count, "offset": ctx.offset, "mib_per_second": _rate(flow.count, seconds)}
        text += ", received %(received)d bytes at %(offset)d, %(mib_per_second).1f MiB/s"
    elif getattr(ctx, "sent", None) is not None:
        facts["mib_per_second"] = _rate(sent, seconds)
        text += ", sent %(sent)d bytes, %(mib_per_second).1f MiB/s"
    elif sent:
        text += ", sent %(sent)d bytes"
    if code := getattr(ctx, "error_code", None):
        facts["code"] = code
        text += ", %(code)s"
    log.log(level, text, facts, extra={"facts": facts})


def _level(path: str, status: int) -> int:
    if path in _QUIET and (status < 400 or path == "/readyz"):
        return logging.DEBUG
    return logging.INFO if status < 500 else logging.ERROR


def _rate(count: int, seconds: float) -> float:
    return round(count / MIB / seconds, 1) if seconds > 0 else 0.0
