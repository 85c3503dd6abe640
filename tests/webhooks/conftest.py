"""Fixtures: a box whose accounts have webhook endpoints, and receivers."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from uuid6 import uuid7

from tests.harness import Api, LiveBox, serving, wait_until
from tests.webhooks.receiver import Receiver, receiving

TYPES = ["asset.ready", "asset.failed", "cut.completed"]


@dataclass(frozen=True)
class Member:
    """An account of the box."""

    api: Api
    account_id: str

    def endpoint(self, url: str, **more: Any) -> dict[str, Any]:
        """Create an endpoint."""
        answer = self.api.http.post("/v1/webhook-endpoints", json={"url": url, "event_types": TYPES} | more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def call(self, method: str, endpoint: dict[str, Any], path: str = "", status: int = 200, **json: Any) -> Any:
        """Call something of an endpoint and return what it answers."""
        answer = self.api.http.request(
            method, f"/v1/webhook-endpoints/{endpoint['id']}{path}", json=json if method in ("POST", "PATCH") else None
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def deliveries(self, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the deliveries of an endpoint, oldest first."""
        return list(self.call("GET", endpoint, "/deliveries?limit=100")["items"])[::-1]

    def happen(self, *entities: str, kind: str = "cut.completed") -> None:
        """Have events written in one transaction, as another process would."""
        now = time.time_ns() // 1000
        rows = [(self.account_id, kind, entity, "asset", now) for entity in entities]
        with closing(sqlite3.connect(self.api.box.data_dir / "box.db", timeout=30)) as database, database:
            database.executemany(
                "INSERT INTO event (account_id, type, entity_id, asset_id, created_at) VALUES (?, ?, ?, ?, ?)", rows
            )

    def change(self, statement: str, *values: Any) -> None:
        """Change the database behind the box's back."""
        with closing(sqlite3.connect(self.api.box.data_dir / "box.db", timeout=30)) as database, database:
            database.execute(statement, values)

    def settled(self, endpoint: dict[str, Any], count: int, state: str = "delivered") -> list[dict[str, Any]]:
        """Wait until an endpoint has so many deliveries in a state, and return all."""

        def look() -> list[dict[str, Any]] | None:
            found = self.deliveries(endpoint)
            return found if sum(each["state"] == state for each in found) >= count else None

        return list(wait_until(look))


@pytest.fixture(scope="session")
def hook_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    with serving(tmp_path_factory.mktemp("hooks"), {"LOG_LEVEL": "debug", "UPLOADS_MAX_OPEN": "1000000"}) as box:
        yield box


@pytest.fixture
def member(hook_box: LiveBox) -> Iterator[Member]:
    """A new account; made in the database, which takes no second as a command does."""
    account_id, key = str(uuid7()), f"sk_{uuid7()}_{uuid7()}"
    digest = hashlib.sha256(key.encode()).hexdigest()
    with closing(sqlite3.connect(hook_box.data_dir / "box.db", timeout=30)) as database, database:
        database.execute("INSERT INTO account (id, name, created_at) VALUES (?, ?, 1)", (account_id, account_id))
        database.execute(
            "INSERT INTO api_key (id, account_id, name, hint, digest, created_at) VALUES (?, ?, 'key', '', ?, 1)",
            (str(uuid7()), account_id, digest),
        )
        database.execute(
            "INSERT INTO ledger (id, account_id, type, delta, balance_after, created_at)"
            " VALUES (?, ?, 'topup', 100, 100, 1)",
            (str(uuid7()), account_id),
        )
    api = Api(hook_box, key)
    with api.http:
        yield Member(api, account_id)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running
