"""Measures what long work on many rows keeps others waiting for.

    python -m bench.long_work [--rows 100000] [--only topup,project,...]

Every figure is the longest wait of another writer (a transaction of its own connection every 5 ms, which is what a
request would have waited) while one command or service runs on a box with that many rows.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

from bench.make_big_box import FAILED, RECEIVED, identifier
from roughy_box.base.clock import SECOND, Step
from roughy_box.config.loading import load
from roughy_box.config.options import Config
from roughy_box.domain.ledger import EntryType
from roughy_box.services import assets, credits, deadlines, events, projects
from roughy_box.services import orphans as orphan_files
from roughy_box.services.box import Box
from roughy_box.services.serving import open_for_serving
from roughy_box.services.setup import ensure
from roughy_box.storage import artifacts

PENDING = """INSERT INTO asset (id, account_id, project_id, state, declared_size, expires_at, created_at)
             VALUES (?, ?, ?, 'pending_upload', ?, ?, ?)"""
UNPAID = (
    "UPDATE asset SET state = 'pending_payment', duration_ms = 60000, price = 1, prepared_at = created_at WHERE id = ?"
)
CHARGE = """INSERT INTO ledger (id, account_id, type, delta, balance_after, asset_id, created_at)
            VALUES (?, ?, 'consume_asset', -1, ?, ?, 1)"""

TOPUP = """INSERT INTO ledger (id, account_id, type, delta, balance_after, created_at)
           VALUES (?, ?, 'topup', ?, ?, 1)"""


class Waits:
    """Another writer, and how long it waited."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stopped = threading.Event()
        self.longest = 0.0

    def run(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=60)) as database:
            while not self._stopped.wait(0.005):
                began = time.perf_counter()
                database.execute("BEGIN IMMEDIATE")
                database.execute("COMMIT")
                self.longest = max(self.longest, time.perf_counter() - began)

    @contextmanager
    def watched(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()


def fill(path: Path, rows: int, state: str) -> None:
    """Put ``rows`` assets in ``state`` into one project."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        ((account, balance),) = database.execute("SELECT id, balance FROM account").fetchall()
        project = identifier()
        database.execute(
            "INSERT INTO project (id, account_id, name, state, created_at, updated_at) "
            "VALUES (?, ?, 'x', 'active', 1, 1)",
            (project, account),
        )
        ids = [identifier() for _ in range(rows)]
        database.executemany(PENDING, [(each, account, project, 1000, 1, 1) for each in ids])
        if state == "pending_upload":
            return
        marks = [(each,) for each in ids]
        database.executemany(RECEIVED, marks)
        if state == "failed":
            database.executemany(FAILED, marks)
        if state in ("pending_payment", "ready"):
            database.executemany(UNPAID, marks)
        if state == "ready":
            database.execute(TOPUP, (identifier(), account, rows, balance + rows))
            charges = ((identifier(), account, balance + rows - n - 1, each) for n, each in enumerate(ids))
            database.executemany(CHARGE, charges)
            database.executemany("UPDATE asset SET state = 'ready' WHERE id = ?", marks)


def files(box: Box) -> None:
    """Give every asset its file."""
    with closing(sqlite3.connect(box.folder.database)) as database:
        for asset_id, project_id in database.execute("SELECT id, project_id FROM asset"):
            path = box.blobs.media(project_id, asset_id, "wav")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


async def account(box: Box) -> tuple[str, str]:
    with closing(sqlite3.connect(box.folder.database)) as database:
        return cast(
            tuple[str, str],
            database.execute("SELECT account_id, project_id FROM asset ORDER BY seq LIMIT 1").fetchone(),
        )


async def topup(box: Box) -> None:
    account_id, _ = await account(box)
    posting = await credits.add_entry(account_id, EntryType.TOPUP, 10_000_000)
    print(f"  activated {len(posting.activated):,}")


async def project(box: Box) -> None:
    account_id, project_id = await account(box)
    began = time.perf_counter()
    await projects.delete(box, account_id, project_id)
    print(f"  answered after {time.perf_counter() - began:.2f} s")
    await projects.purge_deleted(box)


async def orphans(box: Box) -> None:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    await orphan_files.reap(box)
    print(f"  at most {(tracemalloc.get_traced_memory()[1] - before) / 1024**2:.1f} MiB more")
    tracemalloc.stop()


async def unpaid(box: Box) -> None:
    box.clock.is_steady_for = lambda seconds: True  # type: ignore[method-assign]
    await assets.reap_unpaid(box)


async def prune(box: Box) -> None:
    box.clock.is_steady_for = lambda seconds: True  # type: ignore[method-assign]
    real, box.clock.now = box.clock.now, lambda: real() + 40 * 86400 * SECOND  # type: ignore[method-assign]
    await events.prune(box)


async def clock_step(box: Box) -> None:
    box.clock.take_step = lambda: Step(86_400 * SECOND, 0, 2**62)  # type: ignore[method-assign]
    await deadlines.follow_clock(box)


async def previews(_box: Box) -> None:
    await artifacts.reset_regenerable()


WORK: dict[str, tuple[str, Callable[[Box], Awaitable[None]]]] = {
    "topup": ("pending_payment", topup),
    "project": ("ready", project),
    "orphans": ("ready", orphans),
    "unpaid": ("pending_payment", unpaid),
    "prune": ("ready", prune),
    "clock_step": ("pending_payment", clock_step),
    "previews": ("ready", previews),
}


async def measure(config: Config, rows: int, name: str) -> None:
    state, work = WORK[name]
    await ensure(config, starter_credits=1)
    fill(config.storage.data_dir / "box.db", rows, state)
    async with open_for_serving(config, 0) as box:
        if name in ("project", "orphans"):
            files(box)
        waits = Waits(box.folder.database)
        began = time.perf_counter()
        with waits.watched():
            await work(box)
        print(
            f"{name}: {time.perf_counter() - began:.1f} s, others waited {waits.longest * 1000:.0f} ms at most",
            flush=True,
        )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", default=",".join(WORK))
    arguments = parser.parse_args()
    for name in arguments.only.split(","):
        with tempfile.TemporaryDirectory() as place:
            config = load(None, {"ROUGHY_BOX_STORAGE_DATA_DIR": str(Path(place) / "data")})
            asyncio.run(measure(config, arguments.rows, name))


if __name__ == "__main__":
    main()
