"""Fixtures: a live box with any number of accounts, each with a balance of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from uuid6 import uuid7

from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, serving


@dataclass(frozen=True)
class Member:
    """An account, its API and the terminal of the box's owner."""

    name: str
    api: Api
    shell: Shell

    def book(self, command: str, amount: int, **options: str) -> dict[str, Any]:
        """Change the balance from the command line."""
        more = [word for name, value in options.items() for word in (f"--{name}", value)]
        return self.shell.json(command, str(amount), "--account", self.name, *more)


@pytest.fixture(scope="session")
def accounts_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A running box that tests open accounts on."""
    with serving(tmp_path_factory.mktemp("accounts")) as box:
        yield box


@pytest.fixture
def member(accounts_box: LiveBox) -> Iterator[Callable[..., Member]]:
    """Return a function that opens accounts: ``member(credits=3)``."""
    shell = Shell(accounts_box.folder, {"ROUGHY_BOX_CONFIG": accounts_box.environ["ROUGHY_BOX_CONFIG"]})
    with ExitStack() as stack:

        def open_account(credits: int = 1000) -> Member:
            name = f"member {uuid7()}"
            made = shell.json("account", "add", name, "--credits", str(credits))
            api = Api(accounts_box, made["api_key"])
            stack.enter_context(api.http)
            return Member(name, api, shell)

        yield open_account


@pytest.fixture(scope="session")
def proxied_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A running box that trusts its peers as proxies; small files only, short-lived file URLs."""
    settings = {
        "SERVER_TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1",
        "UPLOADS_MAX_SIZE": "1MiB",
        "DOWNLOADS_URL_TTL": "1s",
    }
    with serving(tmp_path_factory.mktemp("proxied"), settings) as box:
        yield box


@pytest.fixture
def stopped() -> Iterator[Callable[[int], None]]:
    """Suspend processes with SIGSTOP; those that are left continue at the end."""
    pids = []

    def stop(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        pids.append(pid)

    yield stop
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
