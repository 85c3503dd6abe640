"""Signed URLs: valid without a key, for one path and a limited time.

The signature (HMAC-SHA256) covers the purpose, the path and the expiry, and is checked before anything else.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlencode

from pydantic import Field
from sanic import Request

from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.http.resources import examples
from roughy_box.http.server.responses import Count, Schema
from roughy_box.services.box import Box


class SignedQuery(Schema):
    """The query of a signed URL; use it unchanged."""

    expires: Count = Field(description="When the URL expires, in seconds since 1970.", examples=[examples.EXPIRES])
    signature: str = Field(description="Made by the box.", pattern="^[0-9a-f]{64}$", examples=[examples.SIGNATURE])


def signed(box: Box, base: str, path: str, expires: int) -> str:
    """Return an absolute URL of ``path`` that is valid until ``expires``, in seconds since the epoch."""
    return f"{base}{path}?{urlencode({'expires': expires, 'signature': _signature(box, path, str(expires))})}"


def check_signature(box: Box, request: Request) -> None:
    """Check the URL of a request. Errors: ``forbidden`` if it was altered or has expired."""
    expires, signature = request.args.get("expires", ""), request.args.get("signature", "")
    expected = _signature(box, request.path, expires)
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        raise BoxError(
            "forbidden", "The signature of this URL is not valid. Read the asset or render again for a new one."
        )
    if int(expires) * clock.SECOND <= clock.now():
        raise BoxError("forbidden", "This URL has expired. Read the asset or render again for a new one.")


def _signature(box: Box, path: str, expires: str) -> str:
    return hmac.new(box.secret, f"download\n{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
