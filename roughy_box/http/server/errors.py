"""Answer every exception with the one error envelope: ours, the framework's, and the unexpected ones."""

from __future__ import annotations

import errno
import json
import logging

from sanic import HTTPResponse, Request
from sanic.exceptions import MethodNotAllowed, NotFound, RequestCancelled, RequestTimeout, SanicException

from roughy_box.domain.errors import BoxError
from roughy_box.http.server.call import App
from roughy_box.http.server.sanic_compat import stream_of
from roughy_box.storage.database import DATABASE_ERRORS, is_disk_full

SHORT_REST = 256 * 1024  # bytes

log = logging.getLogger(__name__)

_BY_STATUS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    503: "unavailable",
}


def install(app: App) -> None:
    """Make ``app`` answer every exception with the envelope."""
    app.error_handler.add(Exception, answer)
    app.error_handler.add(RequestCancelled, note_absence)


def answer(request: Request, exception: Exception) -> HTTPResponse:
    """Return the response for an exception, and deal with what is left of the request's body."""
    error = translate(request, exception)
    request.ctx.error_code = error.code
    if request.method == "NONE" and not isinstance(exception, RequestTimeout):
        # The head itself was refused, so it is unknown where the next request would begin.
        stream_of(request).protocol.body_unread = True
    refuse(request)
    return envelope(error)


def refuse(request: Request) -> None:
    """Prepare an answer that is given before the whole body was read.

    A short rest is read and the connection stays usable, if it comes soon. A long one is not waited for, and none is
    asked for where the client still waits for ``100 Continue``.
    """
    stream = stream_of(request)
    if not stream.request_body:
        return
    rest_is_short = stream.request_body != "chunked" and stream.request_bytes_left <= SHORT_REST
    if stream.expecting_continue or not (rest_is_short and stream.keep_alive):
        stream.expecting_continue = False
        stream.request_body = None
        stream.keep_alive = False
        stream.protocol.body_unread = True
    else:
        stream.protocol.limit_rest(request)


def note_absence(_request: Request, _exception: Exception) -> HTTPResponse:
    """Return an answer for the log where the client has disconnected; it is never sent."""
    return envelope(BoxError("bad_request", "The client disconnected."))


def envelope(error: BoxError) -> HTTPResponse:
    """Return ``{"error": {...}}`` with the status and headers of ``error``."""
    return HTTPResponse(
        json.dumps(content_of(error)), error.status, headers=error.headers, content_type="application/json"
    )


def content_of(error: BoxError) -> dict[str, object]:
    """Return ``{"error": {...}}``."""
    content: dict[str, object] = {"code": error.code, "message": error.message}
    if error.fields:
        content["fields"] = [{"field": each.field, "message": each.message} for each in error.fields]
    return {"error": content}


def translate(request: Request, exception: Exception) -> BoxError:
    """Return the error to answer ``exception`` with; details go to the log alone."""
    match exception:
        case BoxError():
            return exception
        case MethodNotAllowed():
            return BoxError("method_not_allowed", headers={"Allow": _allowed(request)})
        case RequestTimeout():
            return BoxError("bad_request", "The request head took too long.")
        case SanicException():
            return _from_framework(exception)
        case _ if isinstance(exception, DATABASE_ERRORS):
            return _from_database(exception)
        case OSError(errno=errno.ENOENT | errno.EACCES | errno.EROFS | errno.ENOSPC | errno.EIO):
            log.error("the data folder cannot be used: %s", exception)
            return BoxError("unavailable", "The data folder of the box cannot be used.", headers={"Retry-After": "5"})
    log.exception("unexpected error on %s %s", request.method, request.path, exc_info=exception)
    return BoxError("internal_error")


def _from_framework(exception: SanicException) -> BoxError:
    status = exception.status_code
    code = _BY_STATUS.get(status, "bad_request" if status < 500 else "internal_error")
    if isinstance(exception, NotFound) or status >= 500:
        return BoxError(code)
    # Sanic repeats parts of the request, which may hold anything.
    sentence = str(exception)
    is_fit = sentence.isascii() and sentence.isprintable()
    return BoxError(code, sentence or None if is_fit else None)


def _from_database(exception: Exception) -> BoxError:
    log.error("database: %s", exception)
    if is_disk_full(exception):
        return BoxError("unavailable", "The disk of the box is full. Free some space.", headers={"Retry-After": "30"})
    return BoxError("unavailable", headers={"Retry-After": "1"})


def _allowed(request: Request) -> str:
    route, _, _ = request.app.router.get(request.path, "OPTIONS", None)
    return str(route.ctx.allow)
