"""The pages in ``static/``: the console and the documentation, clients of the public API like any other.

Their files are read once, at start, and served from memory, plain or compressed. Nothing here knows what the pages do;
a path that is not one of their files is an unknown route.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from sanic import HTTPResponse, Request

import roughy_box
from roughy_box.domain.errors import SetupError
from roughy_box.http.server.call import Call, Endpoint
from roughy_box.http.transfer.ranges import is_known

INDEX = "index.html"
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

# Only scripts, styles and URLs of the box itself; blob: is made by the page (the CSV of the ledger).
# Trusted types forbid turning text into markup; the one policy names the script of the worker that all tabs share.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types live-worker",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    # Revalidated every time, so that page and server are of one version; mostly answered with 304.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    content_type: str
    etag: str
    coding: str = ""

    def headers(self) -> dict[str, str]:
        coding = {"Content-Encoding": self.coding} if self.coding else {}
        return {**_HEADERS, "ETag": self.etag, **coding}


def endpoints() -> dict[str, Endpoint]:
    """Return the endpoint of every file by its path; the console itself is ``/``, ``docs.html`` is ``/docs``.

    Errors: :class:`SetupError` when the installation lacks the files.
    """
    folder = _folder()
    files = sorted(path for path in folder.rglob("*") if path.suffix in CONTENT_TYPES)
    return {_address(path.relative_to(folder)): _endpoint(path) for path in files}


def _folder() -> Path:
    """Return the folder of the pages: inside an installed package, next to the package in a checkout."""
    package = Path(roughy_box.__file__).parent
    for folder in (package / "static", package.parent / "static"):
        if (folder / INDEX).is_file():
            return folder
    raise SetupError("The files of the console are missing from this installation. Install Roughy Box again.")


def _address(path: Path) -> str:
    return "/" if path.name == INDEX else f"/{path.as_posix().removesuffix('.html')}"


def _endpoint(path: Path) -> Endpoint:
    plain = _read(path)
    packed = _pack(plain)

    async def serve(call: Call) -> HTTPResponse:
        if path.name != INDEX and call.request.path.endswith("/"):
            # The router accepts the slash, but the relative links of a page would lead below it.
            return HTTPResponse(status=308, headers={"Location": f"../{Path(call.request.path).name}"})
        file = packed if _accepts_gzip(call.request) else plain
        if is_known(call.request, file.etag):
            return HTTPResponse(status=304, headers=file.headers())
        return HTTPResponse(file.content, headers=file.headers(), content_type=file.content_type)

    return serve


def _read(path: Path) -> _File:
    content = path.read_bytes()
    return _File(content, CONTENT_TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _pack(file: _File) -> _File:
    # Another representation needs another strong tag (RFC 9110, section 8.8.3).
    return _File(gzip.compress(file.content, mtime=0), file.content_type, f'{file.etag[:-1]}-gzip"', "gzip")


def _accepts_gzip(request: Request) -> bool:
    """Return whether the client accepts gzip (RFC 9110, section 12.5.3); ``*`` is not worth the parsing."""
    for each in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
