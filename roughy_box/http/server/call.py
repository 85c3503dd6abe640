"""What an endpoint gets, and who may call it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse, Request, Sanic

from roughy_box.domain.errors import BoxError
from roughy_box.http.server.urls import client_address
from roughy_box.services import accounts
from roughy_box.services.box import Box


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an endpoint, by the account whose key it carries ("" where none is asked for)."""

    request: Request
    box: Box
    account_id: str


App = Sanic[Any, Any]
Endpoint = Callable[..., Coroutine[Any, Any, HTTPResponse | None]]


async def authenticate(request: Request, box: Box) -> str:
    """The account of the request's key (RFC 6750, section 2.1). Errors: ``unauthenticated``, ``rate_limited``."""
    values = request.headers.getall("authorization", [])
    scheme, _, secret = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    account_id = None
    if scheme.lower() == "bearer" and secret.startswith(accounts.PREFIX) and secret.isascii():
        account_id = await box.keys.account_of(secret)
    if account_id is None:
        raise _refusal(request, box, key_given=bool(values))
    return account_id


def _refusal(request: Request, box: Box, *, key_given: bool) -> BoxError:
    wait = request.app.ctx.attempts.note(client_address(request, box.config)) if key_given else 0
    # Clients of the TUS protocol take a 429 as final, where a 401 tells the person what to mend.
    if wait and not request.path.startswith("/v1/uploads"):
        return BoxError(
            "rate_limited",
            f"Too many wrong API keys came from this address. Try again in {wait} s with a right one.",
            headers={"Retry-After": str(wait)},
        )
    message = "This API key is unknown or was revoked." if key_given else None
    return BoxError("unauthenticated", message, headers={"WWW-Authenticate": "Bearer"})
