"""Addresses that need no key: signed for one path and a while.

The signature covers what the address is for, its path and its end (HMAC-SHA256), and is checked
before anything else is looked at.
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
    """The query of a signed address; take it as it comes."""

    expires: Count = Field(description="When the address ends, in seconds since 1970.", examples=[examples.EXPIRES])
    signature: str = Field(description="Made by the box.", pattern="^[0-9a-f]{64}$", examples=[examples.SIGNATURE])


def signed(box: Box, base: str, path: str, expires: int) -> str:
    """The absolute address of ``path`` that works until ``expires``, in seconds since the epoch."""
    return f"{base}{path}?{urlencode({'expires': expires, 'signature': _signature(box, path, str(expires))})}"


def check_signature(box: Box, request: Request) -> None:
    """Errors: ``forbidden`` for an address that was tampered with or has expired."""
    expires, signature = request.args.get("expires", ""), request.args.get("signature", "")
    expected = _signature(box, request.path, expires)
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        raise BoxError("forbidden", "The signature of this address is not valid. Ask for the asset again.")
    if int(expires) * clock.SECOND <= clock.now():
        raise BoxError("forbidden", "This address has expired. Ask for the asset again.")


def _signature(box: Box, path: str, expires: str) -> str:
    return hmac.new(box.secret, f"download\n{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
