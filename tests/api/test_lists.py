"""Lists: limit, offset, total, order. Contract, section 1."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from tests.api.answers import ids, page, refused
from tests.api.conftest import Member
from tests.harness import Api, LiveBox

LISTS = ["/v1/projects", "/v1/assets", "/v1/credits/history"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        *[({"limit": value}, "query.limit") for value in ("0", "-1", "101", "1.5", "x", "", " 5", "+5", "1_0", "１０")],
        *[({"limit": value}, "query.limit") for value in ("0x10", "1e1", "9" * 30, "null", "5\x00")],
        *[({"offset": value}, "query.offset") for value in ("-1", "x", "", "1.0", "9" * 30, str(2**63), "٣")],
    ],
)
def test_bad_pages(api: Api, path: str, query: dict[str, str], field: str) -> None:
    refused(api.http.get(path, params=query), "validation_error", field)


@pytest.mark.parametrize("path", LISTS)
def test_bad_limit_and_offset_are_both_named(api: Api, path: str) -> None:
    refused(api.http.get(f"{path}?limit=0&offset=-1"), "validation_error", "query.limit", "query.offset")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("limit", "offset"), [("1", "0"), ("100", "0"), ("5", "1000000"), ("007", "00"), ("1", str(2**62))]
)
def test_good_pages(api: Api, path: str, limit: str, offset: str) -> None:
    body = page(api.http.get(path, params={"limit": limit, "offset": offset, "unknown": "1"}))
    assert (body["limit"], body["offset"]) == (int(limit), int(offset))


@pytest.fixture(scope="module")
def size() -> int:
    return 23


@pytest.fixture
def owner(member: Any, size: int) -> Member:
    """An account with more of everything than a page shows."""
    owner: Member = member(credits=1)
    project_id = owner.api.project()
    for _ in range(size):
        owner.api.asset(64, project_id)
    for _ in range(size - 1):
        owner.api.project()
    return owner


def test_pages_are_newest_first_and_meet(owner: Member, size: int) -> None:
    for path in LISTS[:2]:
        first = page(owner.api.http.get(path))
        assert (first["total"], first["limit"], first["offset"], len(first["items"])) == (size, 20, 0, 20)
        second = page(owner.api.http.get(f"{path}?offset=20"))
        assert (second["total"], second["offset"], len(second["items"])) == (size, 20, size - 20)
        instants = [item["created_at"] for item in first["items"] + second["items"]]
        assert instants == sorted(instants, reverse=True)
        whole = ids(owner.api.http.get(f"{path}?limit=100"))
        assert whole == [item["id"] for item in first["items"] + second["items"]]
        assert len(set(whole)) == size
        assert page(owner.api.http.get(f"{path}?offset={size}")) == {
            "items": [],
            "total": size,
            "limit": 20,
            "offset": size,
        }


def test_order_holds_under_equal_timestamps(owner: Member, accounts_box: LiveBox, size: int) -> None:
    """The order is that of creation, also after the clock was set back."""
    whole = {path: ids(owner.api.http.get(f"{path}?limit=100")) for path in LISTS[:2]}
    connection = sqlite3.connect(accounts_box.data_dir / "box.db", timeout=10)
    with connection:
        account = "SELECT id FROM account WHERE name = ?"
        connection.execute(f"UPDATE project SET created_at = 7 WHERE account_id = ({account})", (owner.name,))
        connection.execute(f"UPDATE asset SET created_at = 9 - seq WHERE account_id = ({account})", (owner.name,))
    connection.close()
    for path, expected in whole.items():
        pages = [ids(owner.api.http.get(f"{path}?limit=4&offset={start}")) for start in range(0, size, 4)]
        assert [each for part in pages for each in part] == expected


def test_history_is_newest_first_and_pages_meet(member: Any) -> None:
    owner: Member = member(credits=1)
    for amount in (2, 3, 4):
        owner.book("topup", amount)
    deltas = [
        page(owner.api.http.get(f"/v1/credits/history?limit=1&offset={start}"))["items"][0]["delta"]
        for start in range(4)
    ]
    assert deltas == [4, 3, 2, 1]
    assert page(owner.api.http.get("/v1/credits/history?limit=3"))["total"] == 4
