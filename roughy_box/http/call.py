"""What an endpoint gets, and who may call it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse, Request, Sanic

from roughy_box.domain.errors import BoxError
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
    """The account of the request's key (RFC 6750, section 2.1). Errors: ``unauthenticated``."""
    values = request.headers.getall("authorization", [])
    scheme, _, secret = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    account_id = None
    if scheme.lower() == "bearer" and secret.startswith(accounts.PREFIX) and secret.isascii():
        account_id = await box.keys.account_of(secret)
    if account_id is None:
        raise BoxError("unauthenticated", headers={"WWW-Authenticate": "Bearer"})
    return account_id
