"""The headers: what each says, and which values it has."""

from __future__ import annotations

from typing import Any, NamedTuple

from roughy_box.domain.upload import MAX_SIZE
from roughy_box.http.openapi.operation import BASE
from roughy_box.http.server.middleware import TUS_VERSION

Schema = dict[str, Any]

_PROJECT_URL = f"{BASE}/v1/projects/019de7f5-7e21-7402-92a8-1c0e1fa84411"
_ASSET_ID = "019de7f7-3a52-74d1-9eeb-323e0bfb7bb9"
_DATE = r"^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$"
_TEXT: Schema = {"type": "string"}
_BYTES: Schema = {"type": "integer", "minimum": 0}
_SECONDS: Schema = {"type": "integer", "minimum": 1}
_ADDRESS: Schema = {"type": "string", "format": "uri"}
_HTTP_DATE: Schema = {"type": "string", "pattern": _DATE}
_TAG: Schema = {"type": "string", "pattern": '^"[^"]+"$'}
_METHODS: Schema = {"type": "string", "pattern": "^[A-Z]+(, [A-Z]+)*$"}
# An offset has at most 18 digits.
_OFFSET: Schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}


class Header(NamedTuple):
    """One header: what it is for, which values it has, one of them."""

    description: str
    schema: Schema
    example: str | int


def constant(value: str) -> Schema:
    """The schema of what never changes."""
    return {"type": "string", "enum": [value]}


RESPONSE = {
    "X-Request-ID": Header(
        "The id of this request, also in the log of the box: your own `X-Request-ID` if it is 1 to 128 letters, "
        "digits and `._:-`, else a new one.",
        {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
        "019de7f7-3a52-7b0e-a4f1-6f2d0c9b7e11",
    ),
    "X-Content-Type-Options": Header("Browsers must not guess another type.", constant("nosniff"), "nosniff"),
    "Access-Control-Allow-Origin": Header("The pages that may read this (`server.cors_origins`).", _TEXT, "*"),
    "Access-Control-Expose-Headers": Header("The headers that those may read.", _TEXT, "Location, Upload-Offset"),
    "Access-Control-Allow-Methods": Header("The methods that those may use.", _METHODS, "GET, HEAD, POST, OPTIONS"),
    "Access-Control-Allow-Headers": Header("The headers that those may send.", _TEXT, "Authorization, Content-Type"),
    "Access-Control-Max-Age": Header("For how many seconds the answer to a preflight holds.", _SECONDS, 86400),
    "Vary": Header("`Origin` unless every origin is allowed.", _TEXT, "Origin"),
    "Allow": Header("The methods this address knows.", _METHODS, "GET, HEAD, POST, OPTIONS"),
    "Location": Header(
        "The absolute address of what was created.",
        _ADDRESS,
        _PROJECT_URL,
    ),
    "Retry-After": Header("How many seconds to wait before the next try.", _SECONDS, 1),
    "WWW-Authenticate": Header("How to authenticate.", constant("Bearer"), "Bearer"),
    "Tus-Resumable": Header("The version of the TUS protocol.", constant(TUS_VERSION), TUS_VERSION),
    "Tus-Version": Header("The versions of the TUS protocol the box knows.", constant(TUS_VERSION), TUS_VERSION),
    "Tus-Extension": Header("The extensions of TUS.", constant("termination,expiration"), "termination,expiration"),
    "Tus-Max-Size": Header("The largest upload, in bytes (`uploads.max_size`).", _BYTES, MAX_SIZE),
    "Upload-Offset": Header("How many bytes the box has; the next chunk starts there.", _BYTES, 52_428_800),
    "Upload-Length": Header("How many bytes were announced.", _BYTES, 14_956_800_000),
    "Upload-Expires": Header(
        "When the upload is deleted unless it goes on; absent once it is whole.",
        _HTTP_DATE,
        "Sat, 09 May 2026 08:54:52 GMT",
    ),
    "Cache-Control": Header("How long the answer may be kept.", _TEXT, "no-store"),
    "ETag": Header("Names these very bytes.", _TAG, f'"{_ASSET_ID}"'),
    "Last-Modified": Header("When the file was stored.", _HTTP_DATE, "Sat, 02 May 2026 09:07:05 GMT"),
    "Accept-Ranges": Header("Ranges can be asked for.", constant("bytes"), "bytes"),
    "Content-Range": Header(
        "The bytes that follow, or `*` if none do, and the size of the file.",
        {"type": "string", "pattern": r"^bytes (\d+-\d+|\*)/\d+$"},
        "bytes 0-1048575/14956800000",
    ),
    "Content-Length": Header("The bytes that follow, or would follow a `GET`.", _BYTES, 14_956_800_000),
    "Content-Disposition": Header(
        "The name to save the file under; `attachment` with `download=1`.",
        {"type": "string", "pattern": '^(inline|attachment); filename="[^"]+"$'},
        f'inline; filename="{_ASSET_ID}.mp4"',
    ),
    "Content-Security-Policy": Header(
        "The file is data to a browser, whatever is in it.", _TEXT, "default-src 'none'; media-src 'self'; sandbox"
    ),
    "Referrer-Policy": Header("The signed address is told to nobody.", constant("no-referrer"), "no-referrer"),
    "Cross-Origin-Resource-Policy": Header("Other origins may embed it.", constant("cross-origin"), "cross-origin"),
}

REQUEST = {
    "Tus-Resumable": Header("The version of the TUS protocol.", constant(TUS_VERSION), TUS_VERSION),
    "Upload-Offset": Header("Where the chunk starts: what the last `Upload-Offset` told.", _OFFSET, 0),
    "X-HTTP-Method-Override": Header(
        "The method that is meant.", {"type": "string", "enum": ["PATCH", "HEAD", "DELETE"]}, "PATCH"
    ),
    "Range": Header("One range of bytes; several, or other units, are ignored.", _TEXT, "bytes=0-1048575"),
    "If-Range": Header("Ignore `Range` unless the `ETag` or `Last-Modified` is this.", _TEXT, f'"{_ASSET_ID}"'),
    "If-None-Match": Header("Answer 304 if the `ETag` is among these.", _TEXT, f'"{_ASSET_ID}"'),
    "If-Modified-Since": Header("Answer 304 if nothing changed since.", _TEXT, "Sat, 02 May 2026 09:07:05 GMT"),
}
