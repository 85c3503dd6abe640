"""A thousand readers of event streams: their memory, and how soon events of all accounts at once reach them."""

from __future__ import annotations

import json
import selectors
import socket
import time
from statistics import median

from bench import wire
from bench.big_upload import memory
from bench.lab import Lab
from bench.ours import Ours
from bench.process import cpu_seconds
from bench.report import Section, Table, Target, number
from bench.server import head
from bench.servers import OURS, running
from tests.harness import Api

ACCOUNTS, READERS = 32, 1000
ROUNDS = 20
EVENT = b"event: project.changed"
Figures = dict[str, float]


def run(lab: Lab) -> Section:
    """Rename a project of each account at the same moment, again and again."""
    with running(lab.folder, [OURS]) as servers:
        server = servers[OURS]
        assert isinstance(server, Ours)
        keys = [server.box.key, *(_new_account(server, number) for number in range(1, ACCOUNTS))]
        renames = [_rename(server, key) for key in keys]
        streams = [head("GET", "/v1/events", **_key(keys[number % ACCOUNTS])) for number in range(READERS)]
        rounds = ROUNDS // (4 if lab.quick else 1)
        figures = lab.apart(measure, server.port, server.pid, streams, renames, rounds).result()
    columns = ("", "MiB", "ms to the first", "ms to the last", "the slowest round", "CPU-ms a round")
    row = [number(figures["memory"], 1), *(number(figures[name]) for name in ("first", "last", "slowest", "cpu"))]
    targets = [
        Target(f"memory of {READERS:,} event streams over idle", 50.0, figures["memory"], at_most=True, unit="MiB"),
        Target("an event of 32 accounts at once at all readers", 250.0, figures["last"], at_most=True, unit="ms"),
    ]
    text = (
        f"{READERS:,} readers of {ACCOUNTS} accounts. In each of {rounds} rounds a project of every account is renamed "
        "at the same moment; the time is from the first byte of the requests until a reader has its event, so it "
        f"contains {ACCOUNTS} durable commits. Medians of the rounds."
    )
    return Section("Event streams", text, [Table(columns, [["Roughy Box", *row]])], targets)


def _new_account(server: Ours, number: int) -> str:
    return str(server.box.cli("account", "add", f"account {number}")["api_key"])


def _key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _rename(server: Ours, key: str) -> bytes:
    api = Api(server.box, key)
    with api.http:
        project_id = api.project()
    wish = json.dumps({"name": "Another name"}).encode()
    headers = {"Content_Type": "application/json", "Content_Length": str(len(wish))}
    return head("PATCH", f"/v1/projects/{project_id}", **_key(key), **headers) + wish


def measure(port: int, pid: int, streams: list[bytes], renames: list[bytes], rounds: int) -> Figures:
    """Open the streams, and send all renames at once in every round; the medians of the rounds."""
    writers = [wire.connect(port) for _ in renames]
    _rename_all(writers, renames)  # as a server in use
    idle = memory(pid)[0]
    with selectors.DefaultSelector() as selector:
        readers = [_open(port, stream, selector) for stream in streams]
        spent = cpu_seconds(pid)
        played = [_round(selector, writers, renames, len(readers)) for _ in range(rounds)]
        spent = (cpu_seconds(pid) - spent) / rounds * 1000
        growth = memory(pid)[0] - idle
        for connection in (*readers, *writers):
            connection.close()
    first, last = ([times[place] * 1000 for times in played] for place in (0, -1))
    return {"memory": growth, "first": median(first), "last": median(last), "slowest": max(last), "cpu": spent}


def _open(port: int, stream: bytes, selector: selectors.BaseSelector) -> socket.socket:
    connection = wire.connect(port)
    connection.sendall(stream)
    begin = b""
    while b"keep-alive" not in begin:
        begin += connection.recv(4096)
    assert begin.startswith(b"HTTP/1.1 200"), begin
    selector.register(connection, selectors.EVENT_READ)
    return connection


def _round(
    selector: selectors.BaseSelector, writers: list[socket.socket], renames: list[bytes], count: int
) -> list[float]:
    """Return the seconds until each reader had its event, in order."""
    times: list[float] = []
    began = time.perf_counter()
    for writer, rename in zip(writers, renames, strict=True):
        writer.sendall(rename)
    while len(times) < count:
        for key, _ in selector.select():
            assert isinstance(key.fileobj, socket.socket)
            times += [time.perf_counter() - began] * key.fileobj.recv(65536).count(EVENT)
    for writer in writers:
        assert wire.receive(writer).status == 200
    return times


def _rename_all(writers: list[socket.socket], renames: list[bytes]) -> None:
    for writer, rename in zip(writers, renames, strict=True):
        writer.sendall(rename)
        assert wire.receive(writer).status == 200
