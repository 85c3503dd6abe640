"""The headers of requests and answers: description, values, an example."""

from __future__ import annotations

from typing import Any, NamedTuple

from roughy_box.domain.upload import MAX_SIZE
from roughy_box.http.openapi.operation import BASE
from roughy_box.http.server.middleware import TUS_VERSION

Schema = dict[str, Any]

_PROJECT_URL = f"{BASE}/v1/projects/019de7f5-7e21-7402-92a8-1c0e1fa84411"
_ASSET_ID = "019de7f7-3a52-74d1-9eeb-323e0bfb7bb9"
_DATE = r"^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$"
_DISPOSITION = r"""^(inline|attachment); filename="[^"]+"(; filename\*=UTF-8''[!#$&+.^_`|~%0-9A-Za-z-]+)?$"""
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_BYTES: Schema = {"type": "integer", "minimum": 0}
_SECONDS: Schema = {"type": "integer", "minimum": 1}
_ADDRESS: Schema = {"type": "string", "format": "uri"}
_HTTP_DATE: Schema = {"type": "string", "pattern": _DATE}
_TAG: Schema = {"type": "string", "pattern": '^"[^"]+"$'}
_METHODS: Schema = {"type": "string", "pattern": "^[A-Z]+(, [A-Z]+)*$"}
# An offset has at most 18 digits.
_OFFSET: Schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}


class Header(NamedTuple):
    """A header."""

    description: str
    schema: Schema
    example: str | int


def constant(value: str) -> Schema:
    """Return the schema of a constant value."""
    return {"type": "string", "enum": [value]}


RESPONSE = {
    "X-Request-ID": Header(
        "The id of this request, also in the log of the box: the `X-Request-ID` of the request if it has 1 to 128 "
        "letters, digits and `._:-`, else a new one.",
        {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
        "019de7f7-3a52-7b0e-a4f1-6f2d0c9b7e11",
    ),
    "X-Content-Type-Options": Header("Keeps browsers from guessing another type.", constant("nosniff"), "nosniff"),
    "Access-Control-Allow-Origin": Header("The origins that may read this (`server.cors_origins`).", _TEXT, "*"),
    "Access-Control-Expose-Headers": Header("The headers that they may read.", _TEXT, "Location, Upload-Offset"),
    "Access-Control-Allow-Methods": Header("The methods that they may use.", _METHODS, "GET, HEAD, POST, OPTIONS"),
    "Access-Control-Allow-Headers": Header("The headers that they may send.", _TEXT, "Authorization, Content-Type"),
    "Access-Control-Max-Age": Header("The seconds for which a preflight answer may be cached.", _SECONDS, 86400),
    "Vary": Header("`Origin` unless every origin is allowed.", _TEXT, "Origin"),
    "Allow": Header("The methods of this URL.", _METHODS, "GET, HEAD, POST, OPTIONS"),
    "Location": Header(
        "The absolute URL of the new resource.",
        _ADDRESS,
        _PROJECT_URL,
    ),
    "Retry-After": Header("The seconds to wait before the next try.", _SECONDS, 1),
    "WWW-Authenticate": Header("How to authenticate.", constant("Bearer"), "Bearer"),
    "Tus-Resumable": Header("The version of the TUS protocol.", constant(TUS_VERSION), TUS_VERSION),
    "Tus-Version": Header("The supported versions of the TUS protocol.", constant(TUS_VERSION), TUS_VERSION),
    "Tus-Extension": Header(
        "The supported extensions of TUS.", constant("termination,expiration"), "termination,expiration"
    ),
    "Tus-Max-Size": Header("The largest upload, in bytes (`uploads.max_size`).", _BYTES, MAX_SIZE),
    "X-Accel-Buffering": Header("Keeps proxies from collecting the answer.", constant("no"), "no"),
    "Last-Event-ID": Header("The number to resume after until the first event has come.", _NUMBER, 4711),
    "Upload-Offset": Header("The bytes received so far; the next chunk starts there.", _BYTES, 52_428_800),
    "Upload-Length": Header("The size of the file in bytes.", _BYTES, 14_956_800_000),
    "Upload-Expires": Header(
        "When the upload is deleted unless it is continued; absent once it is complete.",
        _HTTP_DATE,
        "Sat, 09 May 2026 08:54:52 GMT",
    ),
    "Cache-Control": Header("How long the answer may be cached.", _TEXT, "no-store"),
    "ETag": Header("Identifies this version of the bytes.", _TAG, f'"{_ASSET_ID}"'),
    "Last-Modified": Header("When the file was stored.", _HTTP_DATE, "Sat, 02 May 2026 09:07:05 GMT"),
    "Accept-Ranges": Header("Ranges are supported.", constant("bytes"), "bytes"),
    "Content-Range": Header(
        "The range of bytes in the body, or `*` if there is none, and the size of the file.",
        {"type": "string", "pattern": r"^bytes (\d+-\d+|\*)/\d+$"},
        "bytes 0-1048575/14956800000",
    ),
    "Content-Length": Header("The size of the body, or of that of a `GET`.", _BYTES, 14_956_800_000),
    "Content-Disposition": Header(
        "The name to save the file under: that of the asset, else its id; `attachment` with `download=1`. "
        "`filename*` (RFC 8187) has a name beyond ASCII.",
        {"type": "string", "pattern": _DISPOSITION},
        'inline; filename="interview.mp4"',
    ),
    "Content-Security-Policy": Header(
        "Makes browsers treat the file as data, whatever it contains.",
        _TEXT,
        "default-src 'none'; media-src 'self'; sandbox",
    ),
    "Referrer-Policy": Header("Keeps the signed URL secret.", constant("no-referrer"), "no-referrer"),
    "Cross-Origin-Resource-Policy": Header("Other origins may embed it.", constant("cross-origin"), "cross-origin"),
}

REQUEST = {
    "Tus-Resumable": Header("The version of the TUS protocol.", constant(TUS_VERSION), TUS_VERSION),
    "Upload-Offset": Header("Where the chunk starts: the last `Upload-Offset` received.", _OFFSET, 0),
    "X-HTTP-Method-Override": Header(
        "The method to use.", {"type": "string", "enum": ["PATCH", "HEAD", "DELETE"]}, "PATCH"
    ),
    "Range": Header("One range of bytes; several, or other units, are ignored.", _TEXT, "bytes=0-1048575"),
    "If-Range": Header("Ignore `Range` unless the `ETag` or `Last-Modified` is equal.", _TEXT, f'"{_ASSET_ID}"'),
    "If-None-Match": Header("Answer 304 if the `ETag` is among these.", _TEXT, f'"{_ASSET_ID}"'),
    "Last-Event-ID": Header(
        "Resume after the event of this `id`. From now on, where it is unknown, or something was missed that happened "
        "over 10 minutes ago.",
        _TEXT,
        "4711",
    ),
    "If-Modified-Since": Header("Answer 304 if nothing changed since.", _TEXT, "Sat, 02 May 2026 09:07:05 GMT"),
}
