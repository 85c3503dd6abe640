"""Fixtures: two accounts on one box, and addresses signed by a test that knows the secret."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.api.conftest import Member, accounts_box, member  # noqa: F401 - fixtures are found by their name
from tests.cli.conftest import box_shell, shell  # noqa: F401
from tests.harness import Api, LiveBox


@pytest.fixture
def owner(member: Callable[..., Member]) -> Member:  # noqa: F811
    return member(credits=5)


@pytest.fixture
def stranger(member: Callable[..., Member]) -> Api:  # noqa: F811
    return member(credits=5).api


@pytest.fixture
def anyone(shared_box: LiveBox) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=shared_box.url, verify=False) as client:
        yield client


def signed(box: LiveBox, path: str, expires: str | None = None) -> str:
    """A target that carries the signature the box itself would give it."""
    expires = expires or str(int(time.time()) + 600)
    secret = (box.data_dir / "secret").read_bytes()
    signature = hmac.new(secret, f"download\n{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
    return f"{path}?expires={quote(expires)}&signature={signature}"
