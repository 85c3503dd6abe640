"""Fixtures: one box behind a proxy that runs its example unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from roughy_box.client import connectivity
from tests.harness import PATIENCE, Api, LiveBox, serving
from tests.proxy.doctor import Doctor
from tests.proxy.proxies import Proxy, nginx

# Where clients call from: of this machine, but not the address that the box trusts as its proxy.
CLIENT = "127.0.0.2"


@pytest.fixture(scope="session")
def hidden_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A running box that trusts the proxies on this machine."""
    settings = {"SERVER_TRUSTED_PROXIES": "127.0.0.1", "SERVER_FAILED_KEYS": "3", "LOG_FORMAT": "json"}
    with serving(tmp_path_factory.mktemp("hidden"), settings, credits=1_000_000) as box:
        yield box


@pytest.fixture(scope="session")
def good_nginx(tmp_path_factory: pytest.TempPathFactory, hidden_box: LiveBox) -> Iterator[Proxy]:
    """nginx with its example unchanged."""
    with nginx(tmp_path_factory.mktemp("nginx"), hidden_box) as proxy:
        yield proxy


@pytest.fixture
def through(hidden_box: LiveBox) -> Iterator[Callable[[Proxy], Api]]:
    """Calls to the box through a proxy: ``through(proxy)``."""
    opened: list[Api] = []

    def call(proxy: Proxy) -> Api:
        api = Api(hidden_box)
        headers = {"Authorization": f"Bearer {hidden_box.key}"}
        transport = httpx.HTTPTransport(local_address=CLIENT, verify=proxy.trusting())
        api.http = httpx.Client(base_url=proxy.url, headers=headers, timeout=PATIENCE, transport=transport)
        opened.append(api)
        return api

    yield call
    for api in opened:
        api.http.close()


@pytest.fixture
def doctor(hidden_box: LiveBox, tmp_path: Path) -> Iterator[Doctor]:
    """A connectivity check that must leave nothing behind."""
    desk = tmp_path / "desk"
    desk.mkdir()
    visitor = Doctor(hidden_box, desk)
    with visitor.api.http:
        before, balance = visitor.left(), visitor.api.balance()
        yield visitor
        assert visitor.left() == before
        assert visitor.api.balance() == balance


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the pauses of the connectivity check."""
    monkeypatch.setattr(connectivity, "PAUSES", ())
