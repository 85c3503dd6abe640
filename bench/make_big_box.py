"""Fill the data folder of a box, created by ``roughy-box init`` and not served, with years of work.

    python -m bench.make_big_box DATA_DIR [--assets 100000] [--uploads 10000] [--entries 1000000]

Writes to SQLite directly, with its triggers in force. The files are holes of the right length.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from roughy_box.domain.asset_name import folded
from roughy_box.storage.blobs import Blobs
from roughy_box.storage.folder import open_folder, serving_lock

MIB = 1024**2
PROJECTS = 100
MINUTE = 60_000  # milliseconds, costs one credit
YEAR = 365 * 86400 * 10**6  # microseconds

PENDING = """INSERT INTO asset (id, account_id, project_id, state, declared_size, expires_at, created_at,
             name, name_folded) VALUES (?, ?, ?, 'pending_upload', ?, ?, ?, ?, ?)"""
RECEIVED = """UPDATE asset SET state = 'processing', size_bytes = declared_size, expires_at = NULL,
              type = 'audio', content_type = 'audio/wav', extension = 'wav' WHERE id = ?"""
FAILED = (
    "UPDATE asset SET state = 'failed', error_code = 'corrupt_media', error_message = 'It ends early.' WHERE id = ?"
)
READY = "UPDATE asset SET state = 'ready', duration_ms = ?, price = 1, prepared_at = created_at WHERE id = ?"
ENTRY = """INSERT INTO ledger (id, account_id, type, delta, balance_after, asset_id, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)"""

_numbers = count(time.time_ns() // 10**6 - YEAR // 1000)


def identifier() -> str:
    """Return a UUIDv7, later than the previous one."""
    number = next(_numbers)
    return f"{number >> 16:08x}-{number & 0xFFFF:04x}-7000-8000-{random.getrandbits(48):012x}"


def fill(data_dir: Path, assets: int, uploads: int, entries: int) -> None:
    """Add finished assets (one in twenty failed), open uploads, and ledger entries."""
    folder = open_folder(data_dir)
    with serving_lock(folder):
        connection = sqlite3.connect(folder.database)
        # Nothing is lost if this crashes: it is started again.
        connection.execute("PRAGMA synchronous = OFF")
        with connection:
            _fill(connection, Blobs(data_dir), assets, uploads, entries)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def _fill(connection: sqlite3.Connection, blobs: Blobs, assets: int, uploads: int, entries: int) -> None:
    account, balance = connection.execute("SELECT id, balance FROM account").fetchone()
    now = time.time_ns() // 1000
    projects = [(identifier(), account, f"Project {number}", now, now) for number in range(PROJECTS)]
    connection.executemany(
        "INSERT INTO project (id, account_id, name, state, created_at, updated_at) VALUES (?, ?, ?, 'active', ?, ?)",
        projects,
    )
    homes = [project[0] for project in projects]
    for home in homes:
        blobs.media(home, home, "wav").parent.mkdir(parents=True)
    rows = [
        (identifier(), account, random.choice(homes), MIB, now + YEAR, now - YEAR + number, *_names(number))
        for number in range(assets + uploads)
    ]
    connection.executemany(PENDING, rows)
    finished = rows[:assets]
    ready = [row[0] for number, row in enumerate(finished) if number % 20]
    connection.executemany(RECEIVED, [(row[0],) for row in finished])
    connection.executemany(FAILED, [(row[0],) for row in finished[::20]])
    connection.executemany(ENTRY, _entries(account, balance, ready, entries, now - YEAR))
    connection.executemany(READY, [(MINUTE, asset_id) for asset_id in ready])
    for row in finished:
        _hole(blobs.media(row[2], row[0], "wav"), MIB)
    for row in rows[assets:]:
        _hole(blobs.incoming(row[0]), MIB // 2)


def _names(number: int) -> tuple[str, str]:
    """Return a name such as cameras and people give, and its folded form."""
    name = f"Übung {number:06} Interview, Kamera {'ABC'[number % 3]}, {random.choice(('take', 'final', 'wide'))}.wav"
    return name, folded(name)


def _entries(account: str, balance: int, ready: list[str], entries: int, since: int) -> Iterator[tuple[object, ...]]:
    """Return the charges for ready assets and, for the rest, top-ups and charges for deleted assets."""
    charged = iter(ready)
    for number in range(entries):
        asset_id = next(charged, None) or (identifier() if number % 2 else None)
        delta = -1 if asset_id else 1
        balance += delta
        kind = "consume_asset" if asset_id else "topup"
        yield identifier(), account, kind, delta, balance, asset_id, since + number


def _hole(path: Path, size: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.ftruncate(descriptor, size)
    os.close(descriptor)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--uploads", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    arguments = parser.parse_args()
    fill(arguments.data_dir, arguments.assets, arguments.uploads, arguments.entries)


if __name__ == "__main__":
    main()
