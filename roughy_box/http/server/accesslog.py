"""The line that each answered request leaves in the log.

Without query, headers and bodies: they may hold keys, signatures and anything else. What is there
is either ours, a number, or of signs that cannot end a line.
"""

from __future__ import annotations

import logging

from sanic import Request

from roughy_box.config.options import Config
from roughy_box.config.values import MIB
from roughy_box.http.server.urls import client_address

log = logging.getLogger("roughy_box.access")

# Asked every few seconds for ever; that a box is not ready is logged by those who find it.
_QUIET = frozenset(("/healthz", "/readyz", "/metrics"))


def write(request: Request, config: Config, status: int, seconds: float, sent: int) -> None:
    """Log an answer that took ``seconds`` and has ``sent`` bytes of body; 5xx as an error."""
    level = _level(request.path, status)
    if not log.isEnabledFor(level):
        return
    facts: dict[str, object] = {
        "method": request.method,
        "path": request.path,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "client": client_address(request, config),
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
