"""Two connections: writes run one after the other, and reads wait for none of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tortoise import Tortoise
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext
from tortoise.exceptions import IntegrityError, OperationalError

from roughy_box.domain.errors import SetupError
from roughy_box.storage import tortoise_compat
from roughy_box.storage.database import (
    execute,
    fetch,
    is_disk_full,
    on_commit,
    open_database,
    statement,
    transaction,
)
from roughy_box.storage.migrate import migrate
from roughy_box.storage.models import Account


@pytest.fixture
async def account(tmp_path: Path) -> AsyncIterator[Account]:
    migrate(tmp_path / "box.db")
    async with open_database(tmp_path / "box.db"):
        yield await _add("one")


@statement
async def _add(name: str) -> Account:
    return await Account.create(id=name, name=name, created_at=1)


async def test_read_during_transaction_sees_committed_rows(account: Account) -> None:
    written, go_on = asyncio.Event(), asyncio.Event()

    @transaction
    async def rename() -> str:
        await Account.filter(id="one").update(name="other")
        written.set()
        await go_on.wait()
        return str((await Account.get(id="one")).name)

    renaming = asyncio.create_task(rename())
    await written.wait()
    async with asyncio.timeout(10):
        assert (await Account.get(id="one")).name == "one"
    go_on.set()
    assert await renaming == "other"
    assert (await Account.get(id="one")).name == "other"


async def test_written_row_read_at_once(account: Account) -> None:
    for number in range(100):
        await _add(str(number))
        assert await Account.exists(id=str(number))


async def test_commit_announced_once_rollback_never(account: Account) -> None:
    seen: list[int] = []

    @transaction
    async def add_two(second: str) -> None:
        await _add("two")
        await _add(second)
        assert not seen

    with on_commit(lambda: seen.append(1)):
        with pytest.raises(IntegrityError):
            await add_two("two")
        assert seen == []
        await add_two("three")
        assert seen == [1]
        await _add("four")
    await _add("five")
    assert seen == [1, 1]


async def test_read_connection_write_refused(account: Account) -> None:
    assert Account._choose_db(for_write=False) is not Account._choose_db(for_write=True)
    with pytest.raises(OperationalError, match="readonly"):
        await Account._choose_db(for_write=False).execute_query("UPDATE account SET name = 'x'")


async def init_without_fallback(config: dict[str, object]) -> None: ...


def client_without_lock(client: SqliteClient, file_path: str, **_: object) -> None:
    client._connection = None


def context_with_one_connection(self: SqliteTransactionContext, connection: object) -> None: ...


@pytest.mark.parametrize(
    ("owner", "name", "other", "part"),
    [
        (Tortoise, "init", init_without_fallback, r"Tortoise\.init\(_enable_global_fallback\)"),
        (SqliteClient, "__init__", client_without_lock, r"SqliteClient\._lock"),
        (SqliteTransactionContext, "__init__", context_with_one_connection, r"SqliteTransactionContext\(.*\)"),
    ],
)
async def test_open_other_tortoise_refused(
    owner: type, name: str, other: object, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, other)
    refusal = rf"^Tortoise [0-9.]+ lacks .*{part}.*, which the box uses\. Install {tortoise_compat.NEEDED}\.$"
    with pytest.raises(SetupError, match=refusal):
        async with open_database(tmp_path / "box.db"):
            pass
    assert not (tmp_path / "box.db").exists()


def test_needed_tortoise_as_declared() -> None:
    declared = (Path(__file__).parents[2] / "setup.cfg").read_text(encoding="utf-8")
    assert f"\n    {tortoise_compat.NEEDED}\n" in declared


async def test_read_beside_slow_read_does_not_wait(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    migrate(path)
    slow = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5000000) SELECT count(*) FROM c"
    async with open_database(path):
        counting = [asyncio.create_task(fetch(slow)) for _ in range(3)]
        await asyncio.sleep(0)
        assert await Account.all() == []
        assert await fetch("SELECT 1") is not None
        assert not any(each.done() for each in counting)
        await asyncio.gather(*counting)


async def test_disk_full_told_by_code_not_by_words(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    migrate(path)
    async with open_database(path):
        await _add("studio full")
        with pytest.raises(Exception) as refused:  # noqa: PT011
            await _add("studio full")
        assert not is_disk_full(refused.value)
        await execute("PRAGMA max_page_count = 1")
        with pytest.raises(OperationalError) as full:
            await execute("INSERT INTO account (id, name, created_at) VALUES ('b', ?, 1)", "x" * 10**6)
        assert is_disk_full(full.value)
