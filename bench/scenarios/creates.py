"""Creating uploads: a durable row each, so that SQLite on this disk is the limit."""

from __future__ import annotations

import sqlite3
import time
from functools import partial
from pathlib import Path

from bench import wire
from bench.lab import MIB, Figures, Lab
from bench.make_big_box import PENDING, identifier
from bench.process import watched
from bench.report import Section, Table, Target, number
from bench.server import Server
from bench.servers import NODE, OURS, UVICORN, running

BARE = "SQLite itself"
CONNECTIONS = (1, 8)


def run(lab: Lab) -> Section:
    """Measure every server with one and with eight clients, and the same rows without a server."""
    names, count = lab.available(OURS, NODE, UVICORN), 80 if lab.quick else 400
    with running(lab.folder, names) as servers:
        database = servers[OURS].box.data_dir / "box.db"  # type: ignore[attr-defined]
        cases = {
            (name, str(clients)): partial(_create, lab, server, count, clients)
            for name, server in servers.items()
            for clients in CONNECTIONS
        }
        bare = {(BARE, str(clients)): partial(_commit, lab, database, count) for clients in CONNECTIONS[:1]}
        results = lab.play(cases | bare)
    rows = [
        [
            name,
            *(cell for clients in CONNECTIONS for cell in results.cells((name, str(clients)), rate=0)),
            *(number(results.ratio((name, str(clients)), (BARE, "1"), "rate"), 2) for clients in CONNECTIONS),
            *results.cells((name, "1"), cpu=2),
        ]
        for name in (*names, BARE)
    ]
    columns = ["Creates per second", "1 client", "8 clients", f"x {BARE}", "with 8", "CPU-ms each"]
    targets = [
        Target(
            f"creates against {BARE}, {clients} clients", 0.8, results.ratio((OURS, str(clients)), (BARE, "1"), "rate")
        )
        for clients in CONNECTIONS
    ]
    text = (
        f"{count} uploads announced. {BARE}: the same row, inserted and committed by one loop, with synchronous=FULL."
    )
    return Section("Creates", text, [Table(columns, rows)], targets)


def _create(lab: Lab, server: Server, count: int, clients: int) -> Figures:
    request = server.creation(MIB)
    with watched(server.pid) as usage:
        seconds = lab.apart(wire.repeat, server.port, request, count, clients).result()
    return {"rate": count / seconds, "cpu": usage.cpu / count * 1000}


def _commit(lab: Lab, model: Path, count: int) -> Figures:
    return {"rate": count / lab.apart(commit_rows, model, lab.folder / "bare.db", count).result()}


def commit_rows(model: Path, path: Path, count: int) -> float:
    """Insert ``count`` assets into a copy of the box's database, each in a transaction; return the seconds."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(model) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON")
    account, project = connection.execute("SELECT account_id, id FROM project").fetchone()
    began = time.perf_counter()
    for _ in range(count):
        connection.execute(PENDING, (identifier(), account, project, MIB, 10**16, 10**15))
    seconds = time.perf_counter() - began
    connection.close()
    return seconds
