"""Webhooks: events at a steady rate to endpoints of which one never answers and one always fails, during uploads."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from concurrent.futures import Future
from dataclasses import dataclass, field
from statistics import median, quantiles
from uuid import UUID

from bench import wire
from bench.big_upload import memory
from bench.lab import MIB, Figures, Lab
from bench.ours import Ours
from bench.process import cpu_seconds
from bench.report import Section, Table, Target, number
from bench.server import head
from bench.servers import OURS, running
from tests.media_bytes import wav

EVENTS, RATE = 10_000, 20  # a second
ENDPOINTS = 10
SILENT, FAILING = "/0", "/1"
PATIENCE = 120.0  # seconds for what is left after the last event
SECONDS = 60  # of the recording that the events are about


@dataclass
class Receivers:
    """All receivers, a path each on one port, and when each delivery first arrived at which of them."""

    arrived: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    attempts: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, or never."""
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        await reader.readexactly(int(headers["content-length"]))
        path = lines[0].split()[1]
        self.attempts += 1
        self.arrived[path].setdefault(headers["webhook-id"], time.time())
        if path == SILENT:
            await reader.read()
        else:
            status = "500 Internal Server Error" if path == FAILING else "200 OK"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()

    def good(self) -> list[float]:
        """Return the milliseconds from event to arrival at receivers that work; an id has the time of its event."""
        return [
            at * 1000 - (UUID(name).int >> 80)
            for path, arrivals in self.arrived.items()
            if path not in (SILENT, FAILING)
            for name, at in arrivals.items()
        ]


def run(lab: Lab) -> Section:
    """Make the events; upload alone before, and again and again meanwhile."""
    count = EVENTS // 10 if lab.quick else EVENTS
    with running(lab.folder, [OURS]) as servers:
        server = servers[OURS]
        assert isinstance(server, Ours)
        asset_id = server.api.upload(wav(SECONDS, rate=8000))["id"]
        alone = [_upload(lab, server) for _ in range(3)]
        work = lab.apart(measure, server.port, server.pid, server.box.key, asset_id, count)
        during = _uploads_until(lab, server, work)
        figures = work.result()
    share = median(during) / median(alone)
    rows = [
        (f"{count:,} events to {ENDPOINTS - 2} endpoints that work: delivered", number(figures["delivered"])),
        ("from event to arrival, p50, ms", number(figures["p50"])),
        ("p99, ms", number(figures["p99"])),
        ("the longest, ms", number(figures["longest"])),
        ("attempts in all", number(figures["attempts"])),
        ("memory of the server, growth after the first tenth, MiB", number(figures["growth"], 1)),
        ("CPU-ms an event", number(figures["cpu"], 1)),
        (f"uploads of {lab.size // MIB} MiB alone, MiB/s", number(median(alone))),
        ("during the deliveries, MiB/s", number(median(during))),
    ]
    targets = [
        Target(
            "webhooks delivered to endpoints that work, of all", 1.0, figures["delivered"] / (count * (ENDPOINTS - 2))
        ),
        Target("webhooks from event to arrival, p99", 1000, figures["p99"], at_most=True, unit="ms"),
        Target("memory growth while webhooks are delivered", 16, figures["growth"], at_most=True, unit="MiB"),
        Target("uploads during webhooks against alone", 0.9, share),
    ]
    text = (
        f"{RATE} events a second to {ENDPOINTS} endpoints of one account, one of which never answers and one always "
        "answers 500. An event is a cut by hand; the time is from its row to the request at the receiver."
    )
    return Section("Webhooks", text, [Table(("", "measured"), rows)], targets)


def _upload(lab: Lab, server: Ours) -> float:
    path = server.open(lab.size)
    seconds = lab.apart(wire.upload, server.port, lab.source, [[server.chunk(path, 0, lab.size)]]).result()
    server.clear([path])
    return lab.size / seconds / MIB


def _uploads_until(lab: Lab, server: Ours, work: Future[Figures]) -> list[float]:
    """Upload now and then until ``work`` is done; return the speeds."""
    time.sleep(2)
    speeds = [_upload(lab, server)]
    while not work.done():
        time.sleep(5)
        if not work.done():
            speeds.append(_upload(lab, server))
    return speeds


def measure(port: int, pid: int, key: str, asset_id: str, count: int) -> Figures:
    """Make ``count`` events and receive their deliveries; runs in a process of its own."""
    return asyncio.run(_measure(port, pid, key, asset_id, count))


async def _measure(port: int, pid: int, key: str, asset_id: str, count: int) -> Figures:
    receivers = Receivers()
    listener = await asyncio.start_server(receivers.serve, "127.0.0.1", 0)
    own = listener.sockets[0].getsockname()[1]
    client = _Client(port, key)
    for number_of in range(ENDPOINTS):
        wish = {"url": f"http://127.0.0.1:{own}/{number_of}", "event_types": ["cut.completed"]}
        await client.post("/v1/webhook-endpoints", wish)
    spent, began, early = cpu_seconds(pid), time.perf_counter(), 0.0
    for event in range(count):
        await asyncio.sleep(max(0.0, began + event / RATE - time.perf_counter()))
        segment = {"start": 0, "end": 0.5 + event / 1000 % (SECONDS - 1)}
        await client.post("/v1/cuts", {"asset_id": asset_id, "segments": [segment]})
        if event == count // 10:
            early = memory(pid)[0]
    growth, expected = memory(pid)[0] - early, count * (ENDPOINTS - 2)
    deadline = time.perf_counter() + PATIENCE
    while len(receivers.good()) < expected and time.perf_counter() < deadline:
        await asyncio.sleep(0.2)
    spent = cpu_seconds(pid) - spent
    times = sorted(receivers.good())
    cuts = quantiles(times, n=100)
    return {
        "delivered": len(times),
        "p50": cuts[49],
        "p99": cuts[98],
        "longest": times[-1],
        "attempts": receivers.attempts,
        "growth": growth,
        "cpu": spent / count * 1000,
    }


class _Client:
    """Posts JSON over one connection."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, wish: object) -> None:
        """Post and expect a 201."""
        reader, writer = self._streams = self._streams or await asyncio.open_connection("127.0.0.1", self._port)
        body = json.dumps(wish).encode()
        headers = {"Content_Type": "application/json", "Content_Length": str(len(body))}
        writer.write(head("POST", path, Authorization=f"Bearer {self._key}", **headers) + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        assert lines[0].split()[1] == "201", lines
        (length,) = (int(line.partition(": ")[2]) for line in lines if line.startswith("content-length: "))
        await reader.readexactly(length)
