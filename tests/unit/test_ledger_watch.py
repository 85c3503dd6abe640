"""The watch over the ledger: how often it checks, and that it ends with the box."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest

from roughy_box.base.metrics import Metrics
from roughy_box.services import ledger_watch
from roughy_box.services.ledger_watch import LedgerWatch
from roughy_box.storage import folder, inspection, invariants

FOREVER = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"


@pytest.fixture
def box(tmp_path):
    made = folder.create(tmp_path / "data")
    return SimpleNamespace(folder=made, metrics=Metrics(), draining=False)


async def test_ledger_consistent_no_log(box):
    await LedgerWatch(box).look()
    assert box.metrics.ledger_is_consistent
    assert box.metrics.ledger_checked_at is not None


async def test_ledger_broken_rule_logged_once(box, monkeypatch, caplog):
    monkeypatch.setattr(invariants, "LEDGER", (("entry {} is odd", "SELECT 7"),))
    monkeypatch.setattr(ledger_watch, "LARGEST_SHARE", 1.0)
    watch = LedgerWatch(box)
    for _ in range(3):
        await watch.look()
    assert not box.metrics.ledger_is_consistent
    assert [record.message for record in caplog.records] == [
        "the ledger breaks its rules: entry 7 is odd. Run 'roughy-box doctor'"
    ]


async def test_ledger_slow_check_not_repeated_soon(box, monkeypatch):
    watch = LedgerWatch(box)
    await watch.look()
    monkeypatch.setattr(ledger_watch, "inspected", None)  # to look again would fail
    await watch.look()


@pytest.mark.parametrize("end", ["close", "drain"])
async def test_ledger_check_ends_with_box(box, monkeypatch, caplog, end):
    started = threading.Event()
    monkeypatch.setattr(invariants, "LEDGER", (("never {}", FOREVER),))
    watch = LedgerWatch(box)
    rows = inspection.Inspection.rows

    def noted(self, statement, *rest):
        if statement == FOREVER:
            started.set()
        return rows(self, statement, *rest)

    monkeypatch.setattr(inspection.Inspection, "rows", noted)
    look = asyncio.create_task(watch.look())
    await asyncio.to_thread(started.wait, 30)
    if end == "close":
        watch.close()
    else:
        box.draining = True
    async with asyncio.timeout(5):  # 0.1 s on a machine that does nothing else
        await look
    assert box.metrics.ledger_checked_at is None
    assert caplog.records == []
