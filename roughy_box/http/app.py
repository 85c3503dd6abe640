"""The Sanic application of a box: routes, errors, headers, limits."""

from __future__ import annotations

from sanic import Sanic
from sanic.exceptions import BadRequest

from roughy_box.http import routes
from roughy_box.http.resources.streamed import ENTITIES
from roughy_box.http.server import errors, middleware
from roughy_box.http.server.call import App, FailedAttempts
from roughy_box.http.server.connections import Connections, within_file_limit
from roughy_box.http.server.exposition import Exposition
from roughy_box.http.server.traffic import Traffic
from roughy_box.operations.readiness import Readiness
from roughy_box.services.box import Box
from roughy_box.services.event_stream import EventStream
from roughy_box.storage.models import new_id

_PRINTABLE = frozenset(range(0x20, 0x7F))
_CONTROLS = frozenset({*range(0x20), 0x7F} - {0x09})
_TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def create_app(box: Box) -> App:
    """Build the application on an opened box."""
    # Sanic keeps its apps by name, and a process may build several (tests do).
    app: App = Sanic(f"roughy-box-{new_id()}", configure_logging=False, dumps=None, loads=None)
    app.config.update(
        ACCESS_LOG=False,
        FALLBACK_ERROR_FORMAT="json",
        KEEP_ALIVE_TIMEOUT=75,
        REQUEST_TIMEOUT=10,
        # The request body has a timeout of its own; this one would also cut a long sync.
        RESPONSE_TIMEOUT=3600,
        REQUEST_MAX_SIZE=box.config.server.max_json,
        REQUEST_MAX_HEADER_SIZE=box.config.server.max_head,
        # Little of a large body should pass through Sanic: see transfer/direct.py.
        REQUEST_BUFFER_SIZE=64 * 1024,
    )
    app.ctx.attempts = FailedAttempts(box.config.server.failed_keys)
    app.ctx.readiness = Readiness(box)
    app.ctx.connections = Connections(within_file_limit(box.config.server.max_connections))
    app.ctx.traffic = Traffic(box.metrics.registry)
    # No more than half of the connections, so that streams never keep other clients out.
    app.ctx.events = EventStream(box, ENTITIES, max(1, app.ctx.connections.most // 2))
    app.ctx.exposition = Exposition(box, app.ctx.connections, app.ctx.events, app.ctx.readiness)
    errors.install(app)
    middleware.install(app, box.config)
    routes.install(app, box)
    app.add_signal(check_head, "http.lifecycle.read_head")
    return app


async def check_head(head: bytes) -> None:
    """Refuse a head that two servers could read differently (RFC 9112, sections 3.2, 5 and 6.3).

    Sanic is lenient with names, folded lines, hosts and lengths; behind a proxy each leniency can make one request
    look like two. Errors: ``BadRequest``.
    """
    request_line, *lines = head.split(b"\r\n")
    fields = [(name.lower(), value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines)]
    method, _, target = request_line.rpartition(b" ")[0].partition(b" ")
    hosts = [value for name, value in fields if name == b"host"]
    lengths = [value for name, value in fields if name == b"content-length"]
    codings = [value.lower() for name, value in fields if name == b"transfer-encoding"]
    well_formed = (
        _PRINTABLE.issuperset(request_line)
        and bool(method)
        and _TOKEN.issuperset(method)
        and (target.startswith((b"/", b"http://", b"https://")) or (method, target) == (b"OPTIONS", b"*"))
        # The router removes one slash from an unknown address and looks again, until none is left.
        and not target.partition(b"?")[0].endswith(b"//")
        and not any(_CONTROLS.intersection(line) for line in lines)
        and all(b":" in line for line in lines)
        and all(name and _TOKEN.issuperset(name) for name, _ in fields)
        and all(value.isdigit() and len(value) <= 18 for value in lengths)
        # Sanic also strips characters that are white space only in Unicode.
        and (not codings or (codings == [b"chunked"] and not request_line.endswith(b"HTTP/1.0")))
        and (len(hosts) == 1 or (not hosts and request_line.endswith(b"HTTP/1.0")))
    )
    if not well_formed:
        raise BadRequest("The request head is malformed.")
