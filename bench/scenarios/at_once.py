"""Many uploads at once: response times of the rest of the API, and memory."""

from __future__ import annotations

from functools import partial
from statistics import quantiles

from bench import wire
from bench.lab import GIB, MIB, Figures, Lab
from bench.process import watched
from bench.report import Section, Table, Target
from bench.server import Server
from bench.servers import NGINX_PUT, NODE, OURS, PLAIN, UVICORN, running

# The number of uploads, and the part of the source that each sends.
CROWDS = {1: 1.0, 8: 1 / 4, 32: 3 / 32}


def run(lab: Lab) -> Section:
    """Measure every server with every number of uploads, while another client sends small requests."""
    names = lab.available(OURS, PLAIN, NODE, UVICORN, NGINX_PUT)
    with running(lab.folder, names) as servers:
        results = lab.play(
            {
                (name, str(count)): partial(_crowd, lab, server, count, int(lab.size * part))
                for name, server in servers.items()
                for count, part in CROWDS.items()
            },
            heat=lab.size * 2,
            at_most=3,
        )
    columns = (
        "MiB/s",
        "CPU-s/GiB",
        "without children",
        "peak MiB",
        "over idle",
        "GET p50 ms",
        "p99",
        "API p50 ms",
        "p99",
    )
    digits = {"speed": 0, "cpu": 2, "alone": 2, "peak": 0, "over": 1, "p50": 1, "p99": 1, "api50": 1, "api99": 1}
    tables = [
        Table(
            [f"{count} at once, {lab.size * part / MIB:.0f} MiB each", *columns],
            [[name, *results.cells((name, str(count)), **digits)] for name in names],
        )
        for count, part in CROWDS.items()
    ]
    targets = [
        Target("GET p50 with 8 uploads", 1, results.median((OURS, "8"), "p50"), at_most=True, unit="ms"),
        Target("GET p99 with 8 uploads", 10, results.median((OURS, "8"), "p99"), at_most=True, unit="ms"),
        Target("memory over idle with 32 uploads", 16, results.median((OURS, "32"), "over"), at_most=True, unit="MiB"),
    ]
    text = (
        "Whole-file PATCHes, each on a separate connection, while another process sends a small request every 2 ms: "
        "GET is the health check or similar, API our balance with its key check and its query."
    )
    return Section("At once", text, tables, targets)


def _crowd(lab: Lab, server: Server, count: int, size: int) -> Figures:
    paths = [server.open(size) for _ in range(count)]
    stop = lab.folder / "stop"
    stop.unlink(missing_ok=True)
    asking = lab.apart(wire.latencies_until, server.port, [server.get(path) for path in server.small_gets], stop)
    with watched(server.pid) as usage:
        shots = [[server.chunk(path, 0, size)] for path in paths]
        seconds = lab.apart(wire.upload, server.port, lab.source, shots).result()
    stop.touch()
    figures = {
        "speed": count * size / seconds / MIB,
        "cpu": usage.cpu * GIB / size / count,
        "alone": usage.alone * GIB / size / count,
        "peak": usage.peak,
        "over": usage.peak - usage.idle,
    }
    for name, times in zip(("p", "api"), asking.result(), strict=False):
        cuts = quantiles(times, n=100)
        figures |= {f"{name}50": cuts[49], f"{name}99": cuts[98]}
    server.clear(paths)
    return figures
