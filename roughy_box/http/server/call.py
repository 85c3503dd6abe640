"""The call of an endpoint: what it gets, and by whose key.

A key has 256 random bits, so counting wrong ones does not keep guessers out: it makes a client with a wrong key slow
down, and keeps the log readable. Right keys always pass, as an address is often shared.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse, Request, Sanic

from roughy_box.domain.errors import BoxError
from roughy_box.http.server.urls import client_address
from roughy_box.services import accounts
from roughy_box.services.box import Box

WINDOW = 60.0  # seconds
MOST_ADDRESSES = 10_000  # remembered at once; the oldest are forgotten first


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an endpoint, and the account whose key it carries ("" where the route is public)."""

    request: Request
    box: Box
    account_id: str


App = Sanic[Any, Any]
Endpoint = Callable[..., Coroutine[Any, Any, HTTPResponse | None]]


class FailedAttempts:
    """Wrong keys by address, each counted for a minute that begins with the first."""

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def note(self, address: str) -> int:
        """Count a wrong key. Return the seconds to wait if there were too many, else 0."""
        now = time.monotonic()
        network = _network(address)
        began, count = self._windows.get(network, (now, 0))
        if now - began >= WINDOW:
            began, count = now, 0
        self._windows[network] = (began, count + 1)
        self._windows.move_to_end(network)
        if len(self._windows) > MOST_ADDRESSES:
            self._windows.popitem(last=False)
        return math.ceil(began + WINDOW - now) if count >= self._allowed else 0


async def authenticate(request: Request, box: Box) -> str:
    """Return the account of the request's key. Errors: ``unauthenticated``, ``rate_limited``."""
    secret, account_id = bearer_token(request), None
    if secret.startswith(accounts.PREFIX) and secret.isascii():
        account_id = await box.keys.account_of(secret)
    if account_id is None:
        raise _refusal(request, box, key_given="authorization" in request.headers)
    return account_id


def bearer_token(request: Request) -> str:
    """Return what ``Authorization: Bearer`` carries (RFC 6750, section 2.1), else ""."""
    values = request.headers.getall("authorization", [])
    scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    return token if scheme.lower() == "bearer" else ""


def _refusal(request: Request, box: Box, *, key_given: bool) -> BoxError:
    wait = request.app.ctx.attempts.note(client_address(request, box.config)) if key_given else 0
    # Clients of the TUS protocol take a 429 as final, where a 401 says what to fix.
    if wait and not request.path.startswith("/v1/uploads"):
        return BoxError(
            "rate_limited",
            f"Too many wrong API keys from this address. Try again in {wait} s with a valid one.",
            headers={"Retry-After": str(wait)},
        )
    message = "This API key is unknown or was revoked." if key_given else None
    return BoxError("unauthenticated", message, headers={"WWW-Authenticate": "Bearer"})


def _network(address: str) -> str:
    """Return the address itself; of IPv6 its /64, all of which one client may have."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
